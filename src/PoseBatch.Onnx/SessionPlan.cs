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

    /// <summary>What the graph takes beside the image.</summary>
    public required IReadOnlyList<ConstantPlan> Constants { get; init; }

    /// <summary>The image, then the constants.</summary>
    public IReadOnlyList<string> InputNames => [InputName, .. Constants.Select(constant => constant.Name)];

    public required IReadOnlyList<string> OutputNames { get; init; }

    /// <summary>As the warm-up returned them; empty before it.</summary>
    public IReadOnlyList<OutputPlan> Outputs
    {
        get;
        init => (field, HasVaryingOutputs) = (value, value.Any(output => output.Varies));
    } = [];

    /// <summary>Whether an output has another length in every run, so that its memory cannot be bound beforehand.</summary>
    public bool HasVaryingOutputs { get; private init; }
}

/// <summary>One output of one image.</summary>
/// <param name="Type">Float, Float16, Int32 or Int64.</param>
/// <param name="Shape">Its axes; -1 where the length varies.</param>
/// <param name="IsBatchLast">Whether the batch is the last dimension of the tensor; else it is the first.</param>
internal sealed record OutputPlan(TensorElementType Type, IReadOnlyList<int> Shape, bool IsBatchLast)
{
    /// <summary>Whether any length varies.</summary>
    public bool Varies => Shape.Contains(-1);

    /// <summary>Numbers of one image; only where no length varies.</summary>
    public int Length { get; } = Shape.Contains(-1) ? 0 : Shape.Aggregate(1, (product, length) => checked(product * length));

    /// <summary>The shape of the tensor for a run of so many images; only where no length varies.</summary>
    public long[] TensorShape(int batch) => IsBatchLast ? [.. Shape, batch] : [batch, .. Shape];

    /// <summary>One image's axes in a tensor that a run gave; null where the batch is not where it should be.</summary>
    public static long[]? AxesOf(long[] tensor, int batch, bool isBatchLast) => (isBatchLast, tensor) switch
    {
        (false, [long first, .. long[] rest]) when first == batch => rest,
        (true, [.. long[] rest, long last]) when last == batch => rest,
        _ => null,
    };
}
