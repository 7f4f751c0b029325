using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

public class MoveNetPointsParserTests
{
    private static readonly IPoseParser Parser = PoseParsers.Create(
        TestModel.Describe("movenet-points", new(192, 256), ScenePainter.JointCount, TensorLayout.Plain, ["keypoints"]),
        [[1, 17, 3]]);

    [Fact]
    public void Rows_are_y_x_score_and_scale_with_the_input()
    {
        float[] points = new float[51];
        (points[0], points[1], points[2]) = (0.25f, 0.5f, 0.8f);
        (points[3], points[4], points[5]) = (-0.1f, 1.5f, 0.4f);

        (Keypoint[] keypoints, float score) = ScenePainter.ParseOne(Parser, points);

        Assert.Equal(new Keypoint(96, 64, 0.8f), keypoints[0]);
        Assert.Equal(288, keypoints[1].X, 1e-3f);
        Assert.Equal(-25.6, keypoints[1].Y, 1e-3);
        Assert.Equal(0.6, score, 1e-6);
    }

    [Fact]
    public void A_score_of_exactly_a_fifth_does_not_count()
    {
        float[] points = new float[51];
        points[2] = 0.2f;

        Assert.Equal(0, ScenePainter.ParseOne(Parser, points).Score);
    }

    [Fact]
    public void Rows_that_are_no_numbers_are_no_joints()
    {
        float[] points = new float[51];
        (points[0], points[1], points[2]) = (float.NaN, 0.5f, 0.8f);
        (points[3], points[4], points[5]) = (0.5f, 0.5f, float.NaN);
        (points[6], points[7], points[8]) = (0.5f, float.PositiveInfinity, 0.9f);

        (Keypoint[] keypoints, float score) = ScenePainter.ParseOne(Parser, points);

        Assert.All(keypoints[..3], keypoint => Assert.Equal(Keypoint.NotFound, keypoint));
        Assert.Equal(0, score);
    }

    [Fact]
    public void Parsing_allocates_nothing() => AllocationProbe.AssertNone(Parser, new float[51]);

    [Fact]
    public void Points_of_the_golden_sequences_scale_to_the_crop_they_came_from()
    {
        // The way back is the caller's map: a crop is a map like any other.
        float[] points = new float[51];
        (points[0], points[1], points[2]) = (0.5f, 0.5f, 1);
        FramePoses poses = new(ScenePainter.JointCount);

        Parser.Parse(new FakeSlot([points]), 0, AffineMap.Scale(2, 2, 100, 50), poses);

        Assert.Equal(new Keypoint(292, 306, 1), poses.Keypoints(0)[0]);
    }
}
