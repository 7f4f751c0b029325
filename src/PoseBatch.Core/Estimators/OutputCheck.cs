using PoseBatch.Families;
using PoseBatch.Models;

namespace PoseBatch.Estimators;

/// <summary>Looks for NaN and infinity in all that a network gives. One per worker.</summary>
internal sealed class OutputCheck(IPoseModel model)
{
    private readonly string[] _names =
        [.. model.Description.Outputs.Select(output => $"output {output.Role} ('{output.Name}') of model '{model.Description.Name}'")];

    private readonly bool[] _haveGaps =
        [.. model.Description.Outputs.Select(output => ModelFamilies.Find(model.Description.Family)?.FindRole(output.Role) is { HasGaps: true })];

    /// <summary>Looks at the outputs of one image of the network that finds joints.</summary>
    /// <param name="slot">Where it ran.</param>
    /// <param name="image">Which image of the last run.</param>
    /// <param name="finding">Of the frame that the image shows.</param>
    public void LookAtJoints(IInferenceBuffers slot, int image, OutputFinding finding) => finding.CountImage(IsVoid(slot, image, finding));

    /// <summary>Looks at the outputs of one image of the network that finds people.</summary>
    /// <param name="slot">Where it ran.</param>
    /// <param name="image">Which image of the last run.</param>
    /// <param name="finding">Of the frame that the image shows.</param>
    public void LookAtPeople(IInferenceBuffers slot, int image, OutputFinding finding)
    {
        if (IsVoid(slot, image, finding))
        {
            finding.SetBlind();
        }
    }

    // Families need all of their outputs, so one without a number is as good as none.
    private bool IsVoid(IInferenceBuffers slot, int image, OutputFinding finding)
    {
        bool isVoid = false;
        for (int output = 0; output < _names.Length; output++)
        {
            ReadOnlySpan<float> values = slot.Output(output, image);
            if (!_haveGaps[output] && !FiniteNumbers.AreAll(values))
            {
                finding.Blame(_names[output]);
                isVoid |= FiniteNumbers.AreNone(values);
            }
        }

        return isVoid;
    }
}
