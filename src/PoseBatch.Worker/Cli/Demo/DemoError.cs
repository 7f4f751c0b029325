using PoseBatch.Evaluation;
using PoseBatch.Worker.Analysis.Evaluation;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>How far a result lies from the exact joints of its clip: what <c>eval</c> says, and in how many frames somebody was found.</summary>
/// <param name="Joints">PCK and median distance.</param>
/// <param name="PersonFrames">Frames with a person in the picture.</param>
/// <param name="PosedFrames">Those of them for which a pose was found.</param>
/// <param name="EmptyFrames">Frames without a person.</param>
/// <param name="RightlyEmptyFrames">Those of them for which no pose was found.</param>
internal sealed record DemoError(KeypointShare Joints, int PersonFrames, int PosedFrames, int EmptyFrames, int RightlyEmptyFrames)
{
    /// <summary>Farthest a correct joint may lie from the truth, in torso lengths of the same person.</summary>
    public const double Limit = 0.2;

    /// <summary>Holds a result against the truth.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: the joints have nothing in common, or no torso.</exception>
    public static DemoError Measure(AnnotationSet truth, string result)
    {
        PoseList found = EvaluationFiles.ReadPoses(result, truth);
        HashSet<long> peopled = [.. truth.People.Where(person => person.MarkedCount > 0).Select(person => person.ImageId)], posed = [.. found.Poses.Select(pose => pose.ImageId)];
        long[] empty = [.. truth.Images.Select(image => image.Id).Where(id => !peopled.Contains(id))];
        return new(
            EvaluationReport.Compare("the exact joints", (Limit, PckLength.Torso), truth, found).Share,
            peopled.Count, peopled.Count(posed.Contains), empty.Length, empty.Count(id => !posed.Contains(id)));
    }
}
