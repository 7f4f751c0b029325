namespace PoseBatch.Models;

/// <summary>A loaded network, ready to run. The one door to whatever runs it (here: ONNX Runtime). Thread-safe.</summary>
public interface IPoseModel : IDisposable
{
    /// <summary>The package this network was loaded from.</summary>
    ModelDescription Description { get; }

    /// <summary>What runs it, and why nothing better does.</summary>
    ProviderReport Provider { get; }

    /// <summary>The largest batch one call can take: 1 to the configured batch; a model of fixed batch clamps it.</summary>
    int MaxBatch { get; }

    /// <summary>
    /// Shapes of one image's outputs, batch dimension removed, in the order of <see cref="ModelDescription.OutputRoles"/>,
    /// as the warm-up run really returned them.
    /// </summary>
    IReadOnlyList<IReadOnlyList<int>> OutputShapes { get; }

    /// <summary>Makes the native buffers and bindings for one worker. Not thread-safe itself.</summary>
    IInferenceBuffers CreateBuffers();
}
