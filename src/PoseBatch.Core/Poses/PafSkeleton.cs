namespace PoseBatch.Poses;

/// <summary>Parts, limbs and field channels of a network with part affinity fields (docs/spec, 2).</summary>
/// <param name="PartCount">Parts, the background not among them.</param>
/// <param name="Limbs">Pairs of parts, in the order of assembly.</param>
/// <param name="Channels">Channel of x among the fields, per limb; y is the next one.</param>
/// <param name="FillerLimbs">The two ear-shoulder limbs: the first of them; they only fill gaps.</param>
/// <param name="FirstFoot">The first part that is a foot; equal to the part count when there are none.</param>
internal sealed record PafSkeleton(int PartCount, (int From, int To)[] Limbs, int[] Channels, int FillerLimbs, int FirstFoot)
{
    /// <summary>OpenPose's COCO-18, tf-pose too.</summary>
    public static PafSkeleton Coco18 { get; } = new(
        18,
        [(1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16),
         (0, 15), (15, 17), (2, 16), (5, 17)],
        [12, 20, 14, 16, 22, 24, 0, 2, 4, 6, 8, 10, 28, 30, 34, 32, 36, 18, 26],
        FillerLimbs: 17,
        FirstFoot: 18);

    /// <summary>OpenPose's BODY-25.</summary>
    public static PafSkeleton Body25 { get; } = new(
        25,
        [(1, 8), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11), (8, 12), (12, 13), (13, 14), (1, 0), (0, 15),
         (15, 17), (0, 16), (16, 18), (2, 17), (5, 18), (14, 19), (19, 20), (14, 21), (11, 22), (22, 23), (11, 24)],
        [0, 14, 22, 16, 18, 24, 26, 6, 2, 4, 8, 10, 12, 30, 32, 36, 34, 38, 20, 28, 40, 42, 44, 46, 48, 50],
        FillerLimbs: 18,
        FirstFoot: 19);

    /// <summary>Channels of the fields.</summary>
    public int FieldCount => 2 * Limbs.Length;

    /// <summary>Whether a limb only fills gaps.</summary>
    public bool IsFiller(int limb) => limb == FillerLimbs || limb == FillerLimbs + 1;
}
