using PoseBatch.Families;
using PoseBatch.Poses;

namespace PoseBatch.Models;

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

    /// <summary>What whoever runs it should know, the rest of a sentence that begins with its name; null for nothing.</summary>
    public string? Caution { get; init; }

    /// <summary><see cref="Caution"/> as a sentence; null for none.</summary>
    public string? CautionSentence => Caution is null ? null : $"{Name} {Caution}";

    /// <summary>The image input.</summary>
    public required ModelInput Input { get; init; }

    /// <summary>The outputs by role, in the order in which the family lists its roles (<see cref="ModelFamily.Roles"/>).</summary>
    public required IReadOnlyList<ModelOutput> Outputs { get; init; }

    /// <summary>Roles in the order in which <see cref="IPoseModel"/> and <see cref="IInferenceBuffers"/> number them.</summary>
    public IReadOnlyList<string> OutputRoles => [.. Outputs.Select(output => output.Role)];

    /// <summary>
    /// Parameters of the family's parser, by name: a <see cref="double"/> or a <see cref="string"/> each. One that was read
    /// from JSON is complete: what the file leaves out stands here with the family's default.
    /// </summary>
    public required IReadOnlyDictionary<string, object> Decoder { get; init; }

    /// <summary>Joint names, order and bones.</summary>
    public required Skeleton Skeleton { get; init; }

    /// <summary>
    /// Limbs by which a bottom-up family puts people together; empty where its own table counts. Those with a field each stand in the
    /// order of assembly, those that the network scores in the order of its scores.
    /// </summary>
    public IReadOnlyList<Limb> Limbs { get; init; } = [];

    /// <summary>Poses below it are dropped; 0 to 1, for AlphaPose's chain to 4. Overridden by the job.</summary>
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
