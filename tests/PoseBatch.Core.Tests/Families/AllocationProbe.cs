using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Families;

internal static class AllocationProbe
{
    /// <summary>Parses a frame again and again; once it is warm it may not touch the heap.</summary>
    public static void AssertNone(IPoseParser parser, params float[][] outputs) =>
        AssertNone(parser, ScenePainter.JointCount, outputs);

    /// <summary>The same for another number of joints.</summary>
    public static void AssertNone(IPoseParser parser, int jointCount, params float[][] outputs)
    {
        FakeSlot slot = new(outputs);
        FramePoses poses = new(jointCount);
        AssertNone(() =>
        {
            poses.Clear();
            parser.Parse(slot, 0, AffineMap.Identity, poses);
        });
    }

    /// <summary>
    /// What allocates, allocates every time; so the least of several runs is told apart from what the runtime itself puts on
    /// the heap now and then while it compiles.
    /// </summary>
    public static void AssertNone(Action run)
    {
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 8; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
