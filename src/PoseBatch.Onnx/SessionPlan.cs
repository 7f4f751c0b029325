using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>What a slot needs to know of a session; fixed after the warm-up.</summary>
internal sealed record SessionPlan
{
    public required string ModelName { get; init; }

    public required string ProviderName { get; init; }

    public bool IsCpu => ProviderName == ExecutionProviders.CpuName;

    /// <summary>Images a caller may give to one run.</summary>
    public required int MaxBatch { get; init; }

    /// <summary>The batch the graph insists on; null when it takes any.</summary>
    public required int? FixedBatch { get; init; }

    public required string InputName { get; init; }

    public required TensorElementType InputElementType { get; init; }

    /// <summary>One image, in the graph's order of axes.</summary>
    public required IReadOnlyList<int> InputShape { get; init; }

    public required int InputBytesPerImage { get; init; }

    public required IReadOnlyList<string> OutputNames { get; init; }

    /// <summary>One image each, as the warm-up returned them; empty before it.</summary>
    public IReadOnlyList<IReadOnlyList<int>> OutputShapes { get; init; } = [];

    public IReadOnlyList<int> OutputFloatsPerImage { get; init; } = [];
}
