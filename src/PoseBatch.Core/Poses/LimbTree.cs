namespace PoseBatch.Poses;

/// <summary>Limbs that lead outward from one joint, every other joint being where one of them ends.</summary>
internal static class LimbTree
{
    /// <summary>Places in the list, breadth first from the joint where limbs begin; limbs of one distance in the order of the list.</summary>
    /// <param name="limbs">A tree. Of others, those that close a circle are left out.</param>
    public static int[] OutwardOrder(IReadOnlyList<Limb> limbs)
    {
        HashSet<int> reached = [.. limbs.Select(limb => limb.From).Except(limbs.Select(limb => limb.To))];
        List<int> order = [];
        int before;
        do
        {
            before = order.Count;
            int[] next = [.. Enumerable.Range(0, limbs.Count).Where(limb => reached.Contains(limbs[limb].From) && !order.Contains(limb))];
            order.AddRange(next);
            reached.UnionWith(next.Select(limb => limbs[limb].To));
        }
        while (order.Count > before);

        return [.. order];
    }

    /// <summary>Says what keeps limbs from being such a tree.</summary>
    /// <param name="skeleton">Names of the joints.</param>
    /// <param name="limbs">Of joints the skeleton has.</param>
    public static IEnumerable<string> Problems(Skeleton skeleton, IReadOnlyList<Limb> limbs)
    {
        IReadOnlyList<string> names = skeleton.Keypoints;
        for (int index = 0; index < limbs.Count; index++)
        {
            int joint = limbs[index].To;
            if (limbs.Take(index).Any(limb => limb.To == joint))
            {
                yield return $"$.limbs[{index}]: a limb before it leads to {names[joint]} already; limbs must lead outward from one joint and close no circle";
            }
        }

        int[] starts = [.. Enumerable.Range(0, names.Count).Except(limbs.Select(limb => limb.To))];
        if (starts.Length > 1)
        {
            yield return $"$.limbs: none leads to {string.Join(" and ", starts.Select(joint => names[joint]))}, but only one joint may be where limbs begin";
        }
        else if (OutwardOrder(limbs).Length < limbs.Count)
        {
            yield return "$.limbs: some close a circle; limbs must lead outward from one joint";
        }
    }
}
