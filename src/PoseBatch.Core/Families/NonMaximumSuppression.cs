using System.Runtime.InteropServices;
using PoseBatch.Geometry;

namespace PoseBatch.Families;

/// <summary>How overlap is counted and judged.</summary>
/// <param name="Threshold">Overlap (intersection over union) at which a weaker box goes.</param>
/// <param name="Edge">Added to every width and height: 1 where pixels are counted inclusively, 0 for plain areas.</param>
/// <param name="DropsEqual">True when an overlap of exactly the threshold is dropped too.</param>
/// <param name="IsPerClass">True when only boxes of one class suppress each other.</param>
internal readonly record struct OverlapRule(double Threshold, float Edge, bool DropsEqual, bool IsPerClass);

/// <summary>Greedy suppression of overlapping boxes.</summary>
internal static class NonMaximumSuppression
{
    /// <summary>Sorts the candidates and keeps each box that no stronger kept box overlaps too much.</summary>
    /// <param name="candidates">Sorted in place.</param>
    /// <param name="rule">What too much means.</param>
    /// <param name="kept">Cleared, then filled in the order of falling scores.</param>
    /// <param name="atMost">Boxes to keep.</param>
    public static void Run(List<Detection> candidates, OverlapRule rule, List<Detection> kept, int atMost = int.MaxValue)
    {
        kept.Clear();
        Span<Detection> sorted = CollectionsMarshal.AsSpan(candidates);
        sorted.Sort();
        foreach (Detection candidate in sorted)
        {
            if (kept.Count == atMost)
            {
                return;
            }

            if (!IsSuppressed(candidate, CollectionsMarshal.AsSpan(kept), rule))
            {
                kept.Add(candidate);
            }
        }
    }

    /// <summary>Intersection over union; NaN where a box is no box, which never suppresses.</summary>
    public static float Overlap(BoundingBox one, BoundingBox other, float edge)
    {
        float width = Math.Min(one.XMax, other.XMax) - Math.Max(one.XMin, other.XMin) + edge;
        float height = Math.Min(one.YMax, other.YMax) - Math.Max(one.YMin, other.YMin) + edge;
        float shared = Math.Max(0, width) * Math.Max(0, height);
        return shared / (Area(one, edge) + Area(other, edge) - shared);
    }

    private static bool IsSuppressed(Detection candidate, ReadOnlySpan<Detection> kept, OverlapRule rule)
    {
        foreach (Detection stronger in kept)
        {
            if (rule.IsPerClass && stronger.Class != candidate.Class)
            {
                continue;
            }

            float overlap = Overlap(stronger.Box, candidate.Box, rule.Edge);
            if (rule.DropsEqual ? overlap >= rule.Threshold : overlap > rule.Threshold)
            {
                return true;
            }
        }

        return false;
    }

    private static float Area(BoundingBox box, float edge) => (box.Width + edge) * (box.Height + edge);
}
