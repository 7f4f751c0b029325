using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// The register of families that a <c>model.json</c> can name. A new family is one file, with its definition and its parser, and one line
/// here; a new model of a known family is neither, only a JSON file.
/// </summary>
public static class ModelFamilies
{
    /// <summary>All of them: those that look at whole frames, those that look at crops, detectors.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        PoseNetParser.Family,
        MoveNetHeadsParser.Family,
        MoveNetPointsParser.Family,
        MoveNetMultiParser.Family,
        MoveNetMultiHeadsParser.Family,
        YoloPoseParser.Family,
        RtmoParser.Family,
        OpenPosePafParser.Family,
        TfPosePafParser.Family,
        CenterNetParser.Family,
        DeepLabCutParser.Family,
        SleapSingleParser.Family,
        SleapTopDownParser.Family,
        SleapBottomUpParser.Family,
        TopDownHeatmapParser.Family,
        SimCcParser.Family,
        SleapCenteredParser.Family,
        AlphaPoseParser.Family,
        YoloxDetector.Family,
        Yolov3Detector.Family,
        YoloDetector.Family,
        BoxesDetector.Family,
        BlazePoseDetector.Family,
    ];

    /// <summary>The skeleton of a detector: no joints.</summary>
    internal static Skeleton NoSkeleton { get; } = new("none", [], [], []);

    /// <summary>The family of that name, or null.</summary>
    public static ModelFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name);

    /// <summary>The names of some of them, as <c>a, b or c</c>.</summary>
    /// <param name="choice">Which ones.</param>
    /// <param name="last">The word before the last; a comma when it is empty.</param>
    internal static string Names(Func<ModelFamily, bool> choice, string last = "")
    {
        string[] names = [.. All.Where(choice).Select(family => family.Name)];
        return last.Length == 0 || names.Length < 2 ? string.Join(", ", names) : $"{string.Join(", ", names[..^1])} {last} {names[^1]}";
    }
}
