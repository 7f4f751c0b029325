namespace PoseBatch.Poses;

/// <summary>Names, order and bones of a model's joints: data, never code.</summary>
/// <param name="Name">For example <c>coco-17</c>.</param>
/// <param name="Keypoints">Joint names in the order of the model's channels; unique, snake_case.</param>
/// <param name="Edges">Bones as pairs of joint indices, for drawing and for association.</param>
/// <param name="SwapPairs">Left/right pairs of joint indices, exchanged when a picture is mirrored.</param>
public sealed record Skeleton(
    string Name,
    IReadOnlyList<string> Keypoints,
    IReadOnlyList<(int From, int To)> Edges,
    IReadOnlyList<(int Left, int Right)> SwapPairs)
{
    /// <summary>Joints per person.</summary>
    public int KeypointCount => Keypoints.Count;
}

/// <summary>The skeletons known by name (docs/spec, 2).</summary>
public static class Skeletons
{
    /// <summary>COCO-17: PoseNet, MoveNet, most top-down networks. Left and right are the person's.</summary>
    public static Skeleton Coco17 { get; } = new(
        "coco-17",
        ["nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
         "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"],
        [(5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16),
         (0, 1), (0, 2), (1, 3), (2, 4)],
        [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)]);

    /// <summary>OpenPose's COCO-18, with a neck at index 1.</summary>
    public static Skeleton OpenPose18 { get; } = new(
        "openpose-18",
        ["nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip",
         "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear"],
        [(1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0), (0, 14),
         (14, 16), (0, 15), (15, 17), (2, 16), (5, 17)],
        [(5, 2), (6, 3), (7, 4), (11, 8), (12, 9), (13, 10), (15, 14), (17, 16)]);

    private static readonly Skeleton[] Known = [Coco17, OpenPose18];

    /// <summary>The skeleton of that name, or null.</summary>
    public static Skeleton? Find(string name) => Array.Find(Known, known => known.Name == name);

    /// <summary>All names, for messages.</summary>
    public static IEnumerable<string> Names => Known.Select(known => known.Name);
}
