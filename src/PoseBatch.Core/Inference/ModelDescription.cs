using PoseBatch.Geometry;
using PoseBatch.Jobs;
using PoseBatch.Poses;

namespace PoseBatch.Inference;

/// <summary>How the picture gets its model size.</summary>
public enum ResizeRule
{
    /// <summary>Both axes scaled on their own; no padding.</summary>
    Stretch,

    /// <summary>One scale for both axes, centred, the rest filled with the pad colour.</summary>
    Letterbox,

    /// <summary>One scale for both axes, in the top-left corner, the rest filled with the pad colour.</summary>
    LetterboxTopLeft,
}

/// <summary>Order of a tensor's axes.</summary>
public enum TensorLayout
{
    /// <summary>Batch, channel, row, column.</summary>
    Nchw,

    /// <summary>Batch, row, column, channel.</summary>
    Nhwc,

    /// <summary>Not a picture or a map (for example a list of points).</summary>
    Plain,
}

/// <summary>The image input of a model.</summary>
public sealed record ModelInput
{
    /// <summary>Tensor name.</summary>
    public required string Name { get; init; }

    /// <summary>Axis order.</summary>
    public required TensorLayout Layout { get; init; }

    /// <summary>Element type.</summary>
    public required TensorType Type { get; init; }

    /// <summary>Input size in pixels.</summary>
    public required PixelSize Size { get; init; }

    /// <summary>True when channel 0 is red (RGB), false for blue (BGR).</summary>
    public required bool IsRgb { get; init; }

    /// <summary>How a frame is brought to <see cref="Size"/>.</summary>
    public required ResizeRule Resize { get; init; }

    /// <summary>Colour of the padding, 0..255, in R, G, B order, before scaling.</summary>
    public required IReadOnlyList<byte> Pad { get; init; }

    /// <summary>Subtracted from each byte, R, G, B order, in units of 0..255.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>Then divides, R, G, B order.</summary>
    public required IReadOnlyList<float> Std { get; init; }
}

/// <summary>One named output and the role it plays in its family, for example role <c>heatmap</c>, tensor <c>kpt_heatmap</c>.</summary>
public sealed record ModelOutput(string Role, string Name, TensorLayout Layout);

/// <summary>A model package as its <c>model.json</c> describes it (docs/models.md).</summary>
public sealed record ModelDescription
{
    /// <summary>Name for people and for the metadata.</summary>
    public required string Name { get; init; }

    /// <summary>Which parser reads the outputs, for example <c>movenet-heads</c>.</summary>
    public required string Family { get; init; }

    /// <summary>Name of the network's file in the package folder; a bare file name.</summary>
    public string File { get; init; } = "model.onnx";

    /// <summary>SHA-256 of <see cref="File"/>, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Licence of the weights, an SPDX id or "none stated".</summary>
    public required string Licence { get; init; }

    /// <summary>Where the weights come from.</summary>
    public required string Origin { get; init; }

    /// <summary>The image input.</summary>
    public required ModelInput Input { get; init; }

    /// <summary>The outputs by role, in the order in which the family lists its roles (<see cref="ModelFamily.Roles"/>).</summary>
    public required IReadOnlyList<ModelOutput> Outputs { get; init; }

    /// <summary>Roles in the order in which <see cref="IPoseModel"/> and <see cref="IInferenceSlot"/> number them.</summary>
    public IReadOnlyList<string> OutputRoles => [.. Outputs.Select(output => output.Role)];

    /// <summary>
    /// Parameters of the family's parser, by name: a <see cref="double"/> or a <see cref="string"/> each. One that was read
    /// from JSON is complete: what the file leaves out stands here with the family's default.
    /// </summary>
    public required IReadOnlyDictionary<string, object> Decoder { get; init; }

    /// <summary>Joint names, order and bones.</summary>
    public required Skeleton Skeleton { get; init; }

    /// <summary>Poses below it are dropped; 0 to 1. Overridden by the job.</summary>
    public float MinPersonScore { get; init; }

    /// <summary>Joints below it lose their position (null in the table), not their confidence. Overridden by the job.</summary>
    public float MinKeypointConfidence { get; init; }

    /// <summary>Position of a role in <see cref="Outputs"/>; -1 when the package does not have it.</summary>
    public int IndexOfOutput(string role)
    {
        for (int index = 0; index < Outputs.Count; index++)
        {
            if (Outputs[index].Role == role)
            {
                return index;
            }
        }

        return -1;
    }

    /// <summary>A number of the decoder section.</summary>
    /// <param name="parameter">Name, for example <c>stride</c>.</param>
    /// <exception cref="PoseBatchException">model_mismatch: the section has no number of that name.</exception>
    public double DecoderNumber(string parameter) => Decoder.GetValueOrDefault(parameter) is double number
        ? number
        : throw new PoseBatchException(ReasonCode.ModelMismatch, $"Model '{Name}' has no number '{parameter}' in its decoder section.");

    /// <summary>A word of the decoder section.</summary>
    /// <param name="parameter">Name, for example <c>channel_order</c>.</param>
    /// <exception cref="PoseBatchException">model_mismatch: the section has no string of that name.</exception>
    public string DecoderText(string parameter) => Decoder.GetValueOrDefault(parameter) as string
        ?? throw new PoseBatchException(ReasonCode.ModelMismatch, $"Model '{Name}' has no string '{parameter}' in its decoder section.");
}
