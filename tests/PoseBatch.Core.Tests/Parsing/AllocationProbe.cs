using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Parsing;

internal static class AllocationProbe
{
    /// <summary>Parses a frame three times: the first may make room, the others may not touch the heap.</summary>
    public static void AssertNone(IPoseParser parser, params float[][] outputs)
    {
        FakeSlot slot = new(outputs);
        FramePoses poses = new(ScenePainter.JointCount);
        parser.Parse(slot, 0, AffineMap.Identity, poses);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int frame = 0; frame < 2; frame++)
        {
            poses.Clear();
            parser.Parse(slot, 0, AffineMap.Identity, poses);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
