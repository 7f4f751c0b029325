namespace PoseBatch.Evaluation;

/// <summary>How far annotators disagree about each joint, as a share of the person's size: COCO's published numbers (docs/spec, 2).</summary>
public static class KeypointSigmas
{
    private static readonly Dictionary<string, double> Known = new(StringComparer.Ordinal)
    {
        ["nose"] = .026,
        ["left_eye"] = .025,
        ["right_eye"] = .025,
        ["left_ear"] = .035,
        ["right_ear"] = .035,
        ["left_shoulder"] = .079,
        ["right_shoulder"] = .079,
        ["left_elbow"] = .072,
        ["right_elbow"] = .072,
        ["left_wrist"] = .062,
        ["right_wrist"] = .062,
        ["left_hip"] = .107,
        ["right_hip"] = .107,
        ["left_knee"] = .087,
        ["right_knee"] = .087,
        ["left_ankle"] = .089,
        ["right_ankle"] = .089,
    };

    /// <summary>The number of a joint, or null for a joint that COCO does not have.</summary>
    /// <param name="joint">Name, for example <c>left_hip</c>.</param>
    public static double? Find(string joint) => Known.TryGetValue(joint, out double sigma) ? sigma : null;
}
