namespace PoseBatch.Inference;

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
    IInferenceSlot CreateSlot();
}

/// <summary>One worker's native input and output memory. Nothing is allocated on the managed heap by a run.</summary>
public interface IInferenceSlot : IDisposable
{
    /// <summary>One image's part of the input tensor as raw bytes of the declared element type.</summary>
    /// <param name="image">0 to MaxBatch - 1.</param>
    Span<byte> Input(int image);

    /// <summary>Runs the network on the first <paramref name="count"/> images.</summary>
    /// <exception cref="PoseBatchException">device_lost, out_of_memory, internal.</exception>
    void Run(int count);

    /// <summary>One image's part of an output, valid until the next run.</summary>
    /// <param name="output">Index into <see cref="ModelDescription.OutputRoles"/>.</param>
    /// <param name="image">0 to count - 1 of the last run.</param>
    ReadOnlySpan<float> Output(int output, int image);
}

/// <summary>Which execution provider runs a model.</summary>
/// <param name="Name"><c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>: the one that really ran the warm-up.</param>
/// <param name="Runtime">Name and version of the runtime, for example <c>ONNX Runtime 1.29.0</c>.</param>
/// <param name="Refused">Providers that were tried first, each with its reason; empty when the first choice worked.</param>
/// <param name="Device">The device's name, for example <c>NVIDIA H200</c> or the processor; empty when unknown.</param>
public sealed record ProviderReport(string Name, string Runtime, IReadOnlyList<ProviderRefusal> Refused, string Device);

/// <summary>Why a provider is not used.</summary>
public sealed record ProviderRefusal(string Provider, string Reason);
