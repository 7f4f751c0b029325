using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

/// <summary>
/// Object keypoint similarity: how well a pose fits a marked person, 0 to 1. Per marked joint
/// <c>exp(-d^2 / (2 area (2 sigma)^2))</c>, then the mean; a joint without a position gives 0.
/// </summary>
internal static class KeypointSimilarity
{
    /// <summary>The similarity of one pose and one person.</summary>
    /// <param name="person">
    /// Where no joint is marked, as in crowds, each joint's distance is the one to the box, enlarged by its own size on every side.
    /// </param>
    /// <param name="pose">As many joints as the person.</param>
    /// <param name="sigmas">One per joint.</param>
    public static double Of(AnnotatedPerson person, IReadOnlyList<Keypoint> pose, ReadOnlySpan<double> sigmas)
    {
        bool anyMarked = person.MarkedCount > 0;
        double area = person.Area + double.Epsilon, sum = 0;
        int count = 0;
        for (int joint = 0; joint < sigmas.Length; joint++)
        {
            Keypoint marked = person.Joints[joint];
            if (anyMarked && !marked.IsFound)
            {
                continue;
            }

            count++;
            if (!pose[joint].IsFound)
            {
                continue;
            }

            (double dx, double dy) = anyMarked
                ? (pose[joint].X - (double)marked.X, pose[joint].Y - (double)marked.Y)
                : (Beyond(pose[joint].X, person.Box.XMin, person.Box.XMax), Beyond(pose[joint].Y, person.Box.YMin, person.Box.YMax));
            double spread = 2 * sigmas[joint];
            sum += Math.Exp(-((dx * dx) + (dy * dy)) / (2 * area * spread * spread));
        }

        return count == 0 ? 0 : sum / count;
    }

    private static double Beyond(double place, double from, double to)
    {
        double size = to - from;
        return Math.Max(0, from - size - place) + Math.Max(0, place - to - size);
    }
}
