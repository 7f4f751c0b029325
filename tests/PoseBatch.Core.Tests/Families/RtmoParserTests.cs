using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

public class RtmoParserTests
{
    // The second person overlaps the first by 20 x 21 of 22 x 21 + 20 x 21 - 20 x 21 inclusive pixels; the third is too weak.
    private static readonly float[] Boxes = [10, 20, 30, 40, 0.8f, 10, 20, 31, 40, 0.9f, 50, 50, 60, 60, 0.6f];

    private static readonly float[] Joints = [1, 2, 0.5f, 3, 4, 0.6f, 15, 25, 0.7f, 0, 0, 0, 55, 55, 0.9f, 56, 56, 0.9f];

    [Fact]
    public void The_strongest_of_overlapping_people_stays_and_joints_without_a_score_are_not_found()
    {
        FramePoses poses = Parse(AffineMap.Identity);

        Assert.Equal(1, poses.Count);
        Assert.Equal((0.9f, new BoundingBox(10, 20, 31, 40)), (poses.Score(0), poses.Box(0)));
        Assert.Equal([new(15, 25, 0.7f), Keypoint.NotFound], poses.Keypoints(0).ToArray());
    }

    [Fact]
    public void Thresholds_are_parameters()
    {
        Assert.Equal(2, Parse(AffineMap.Identity, ("nms_overlap", 0.99)).Count);
        Assert.Equal(2, Parse(AffineMap.Identity, ("score_threshold", 0.5)).Count);
    }

    [Fact]
    public void Joints_count_from_corners_of_pixels() =>
        Assert.Equal(new(30, 50, 0.7f), Parse(AffineMap.Scale(2, 2, 0.5, 0.5)).Keypoints(0)[0]);

    private static FramePoses Parse(AffineMap map, params (string, object)[] decoder)
    {
        FramePoses poses = new(2);
        PoseParsers.Create(TestModel.Describe("rtmo", new(100, 100), 2, TensorLayout.Plain, ["dets", "keypoints"], decoder), [[-1, 5], [-1, 2, 3]])
            .Parse(new FakeSlot(Boxes, Joints), 0, map, poses);
        return poses;
    }
}
