namespace PoseBatch.Poses;

/// <summary>One limb in the order of assembly.</summary>
/// <param name="From">Part that people have already, but for the first limb and those that fill gaps.</param>
/// <param name="To">Part it gives them.</param>
/// <param name="ChannelX">Channel of x among the fields.</param>
/// <param name="ChannelY">Channel of y.</param>
/// <param name="Sign">1 where the field points from <paramref name="From"/> to <paramref name="To"/>; -1 the other way.</param>
/// <param name="FillsGaps">Whether it only gives people a part that they miss.</param>
internal readonly record struct PafLimb(int From, int To, int ChannelX, int ChannelY, float Sign = 1, bool FillsGaps = false);

/// <summary>Parts, limbs and field channels of a network with part affinity fields (docs/spec, 2).</summary>
/// <param name="PartCount">Parts, the background not among them.</param>
/// <param name="Limbs">In the order of assembly.</param>
/// <param name="FirstFoot">The first part that is a foot; equal to the part count when there are none.</param>
internal sealed record PafSkeleton(int PartCount, PafLimb[] Limbs, int FirstFoot)
{
    /// <summary>OpenPose's COCO-18, tf-pose too.</summary>
    public static PafSkeleton Coco18 { get; } = new(
        18,
        Table(
            [(1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16),
             (0, 15), (15, 17), (2, 16), (5, 17)],
            [12, 20, 14, 16, 22, 24, 0, 2, 4, 6, 8, 10, 28, 30, 34, 32, 36, 18, 26],
            fillers: 17..19),
        FirstFoot: 18);

    /// <summary>OpenPose's BODY-25.</summary>
    public static PafSkeleton Body25 { get; } = new(
        25,
        Table(
            [(1, 8), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11), (8, 12), (12, 13), (13, 14), (1, 0), (0, 15),
             (15, 17), (0, 16), (16, 18), (2, 17), (5, 18), (14, 19), (19, 20), (14, 21), (11, 22), (22, 23), (11, 24)],
            [0, 14, 22, 16, 18, 24, 26, 6, 2, 4, 8, 10, 12, 30, 32, 36, 34, 38, 20, 28, 40, 42, 44, 46, 48, 50],
            fillers: 18..20),
        FirstFoot: 19);

    /// <summary>Channels of the fields of a network that has no others.</summary>
    public int FieldCount => 2 * Limbs.Length;

    /// <summary>The skeleton of limbs that <see cref="Problems"/> has nothing against; a limb given toward a part that people have is turned.</summary>
    /// <param name="partCount">Parts.</param>
    /// <param name="limbs">With channels, in the order of assembly.</param>
    public static PafSkeleton Of(int partCount, IReadOnlyList<Limb> limbs)
    {
        HashSet<int> reached = [limbs[0].From];
        return new(partCount, [.. limbs.Select(Ordered)], FirstFoot: partCount);

        PafLimb Ordered(Limb limb)
        {
            (int x, int y) = limb.Channels!.Value;
            bool isTurned = !limb.FillsGaps && !reached.Contains(limb.From);
            reached.Add(limb.From);
            reached.Add(limb.To);
            return isTurned
                ? new(limb.To, limb.From, x, y, Sign: -1)
                : new(limb.From, limb.To, x, y, FillsGaps: limb.FillsGaps);
        }
    }

    /// <summary>Says what keeps limbs from being assembled one after the other: each but those that fill gaps must give people one new part.</summary>
    /// <param name="skeleton">Names of the parts.</param>
    /// <param name="limbs">At least one, of parts the skeleton has.</param>
    public static IEnumerable<string> Problems(Skeleton skeleton, IReadOnlyList<Limb> limbs)
    {
        HashSet<int> reached = [limbs[0].From];
        for (int index = 0; index < limbs.Count; index++)
        {
            Limb limb = limbs[index];
            string words = $"{skeleton.Keypoints[limb.From]} and {skeleton.Keypoints[limb.To]}";
            int known = (reached.Contains(limb.From) ? 1 : 0) + (reached.Contains(limb.To) ? 1 : 0);
            if (limb.FillsGaps && known < 2)
            {
                yield return $"$.limbs[{index}]: fills gaps, so limbs before it must lead to both {words}";
            }
            else if (!limb.FillsGaps && known == 2)
            {
                yield return $"$.limbs[{index}]: closes a circle, limbs before it lead to both {words}: leave it out, or say \"fills_gaps\": true";
            }
            else if (known == 0)
            {
                yield return $"$.limbs[{index}]: no limb before it leads to {words.Replace(" and ", " or ", StringComparison.Ordinal)}: "
                    + "list limbs from one joint outward";
            }

            reached.Add(limb.From);
            reached.Add(limb.To);
        }

        for (int part = 0; part < skeleton.KeypointCount; part++)
        {
            if (!reached.Contains(part))
            {
                yield return $"$.limbs: none leads to joint {part} ({skeleton.Keypoints[part]}), which would never be found";
            }
        }
    }

    private static PafLimb[] Table((int From, int To)[] limbs, int[] channels, Range fillers)
    {
        (int first, int count) = fillers.GetOffsetAndLength(limbs.Length);
        return [.. limbs.Select((limb, index) =>
            new PafLimb(limb.From, limb.To, channels[index], channels[index] + 1, FillsGaps: index >= first && index < first + count))];
    }
}
