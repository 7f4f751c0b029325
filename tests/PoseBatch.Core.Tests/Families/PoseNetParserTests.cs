using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

public class PoseNetParserTests
{
    private const int Stride = 16;
    private static readonly HeatmapShape Grid = new(ScenePainter.JointCount, 17, 17, TensorLayout.Nchw);

    [Fact]
    public void Drawn_joints_are_read_back_within_a_thousandth_of_a_cell()
    {
        Random random = new(1);
        for (int round = 0; round < 20; round++)
        {
            (double X, double Y)[] joints = ScenePainter.Person(random, 0, 0, 256, 256);

            (Keypoint[] keypoints, _) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw),
                ScenePainter.PoseNet(Grid, Stride, joints));

            for (int joint = 0; joint < joints.Length; joint++)
            {
                Assert.Equal(joints[joint].X, keypoints[joint].X, Stride / 1000.0);
                Assert.Equal(joints[joint].Y, keypoints[joint].Y, Stride / 1000.0);
            }
        }
    }

    [Fact]
    public void Both_layouts_give_the_same_bits()
    {
        float[][] outputs = ScenePainter.PoseNet(Grid, Stride, ScenePainter.Person(new(2), 0, 0, 256, 256));

        (Keypoint[] planar, float planarScore) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw), outputs);
        (Keypoint[] interleaved, float score) = ScenePainter.ParseOne(
            ScenePainter.PoseNetParser(TensorLayout.Nhwc), ScenePainter.Interleave(outputs, 17, 34));

        Assert.Equal(planar, interleaved);
        Assert.Equal(planarScore, score);
    }

    [Fact]
    public void Moving_the_person_by_whole_strides_moves_the_result()
    {
        (double X, double Y)[] joints = ScenePainter.Person(new(3), 20, 20, 100, 100);
        (double X, double Y)[] moved = [.. joints.Select(joint => (joint.X + (3 * Stride), joint.Y + (5 * Stride)))];

        (Keypoint[] before, float score) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw),
            ScenePainter.PoseNet(Grid, Stride, joints));
        (Keypoint[] after, float movedScore) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw),
            ScenePainter.PoseNet(Grid, Stride, moved));

        Assert.Equal(score, movedScore, 1e-5f);
        for (int joint = 0; joint < joints.Length; joint++)
        {
            Assert.Equal(before[joint].X + (3 * Stride), after[joint].X, 1e-3f);
            Assert.Equal(before[joint].Y + (5 * Stride), after[joint].Y, 1e-3f);
        }
    }

    [Fact]
    public void A_mirrored_picture_with_swapped_pairs_gives_the_mirrored_pose()
    {
        (double X, double Y)[] joints = ScenePainter.Person(new(4), 0, 0, 256, 256);
        var mirrored = ((double X, double Y)[])joints.Clone();
        foreach ((int left, int right) in Skeletons.Coco17.SwapPairs)
        {
            (mirrored[left], mirrored[right]) = (joints[right], joints[left]);
        }

        mirrored = [.. mirrored.Select(joint => (256 - joint.X, joint.Y))];

        (Keypoint[] straight, _) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw),
            ScenePainter.PoseNet(Grid, Stride, joints));
        (Keypoint[] seen, _) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw),
            ScenePainter.PoseNet(Grid, Stride, mirrored));

        foreach ((int left, int right) in Skeletons.Coco17.SwapPairs)
        {
            Assert.Equal(256 - straight[left].X, seen[right].X, 1e-3f);
            Assert.Equal(straight[left].Y, seen[right].Y, 1e-3f);
            Assert.Equal(straight[left].Score, seen[right].Score, 1e-5f);
        }
    }

    [Fact]
    public void A_map_of_NaN_loses_its_joint_only()
    {
        float[][] outputs = ScenePainter.PoseNet(Grid, Stride, ScenePainter.Person(new(5), 0, 0, 256, 256));
        outputs[0].AsSpan(3 * Grid.CellCount, Grid.CellCount).Fill(float.NaN);

        (Keypoint[] keypoints, float score) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw), outputs);

        Assert.Equal(Keypoint.NotFound, keypoints[3]);
        Assert.Equal(16, keypoints.Count(keypoint => keypoint.IsFound));
        Assert.Equal(keypoints.Sum(keypoint => (double)keypoint.Score) / 17, score, 1e-5);
    }

    [Fact]
    public void Equal_and_infinite_logits_have_an_answer()
    {
        float[] heatmap = new float[Grid.Count], offset = new float[2 * Grid.Count];
        heatmap[Grid[1, 4, 5]] = float.PositiveInfinity;
        heatmap.AsSpan(2 * Grid.CellCount, Grid.CellCount).Fill(float.NegativeInfinity);
        offset[(2 * ScenePainter.JointCount * Grid.CellCount) - Grid.CellCount] = float.PositiveInfinity;

        (Keypoint[] keypoints, _) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw), heatmap, offset);

        Assert.Equal(new Keypoint(0, 0, 0.5f), keypoints[0]);
        Assert.Equal(new Keypoint(5 * Stride, 4 * Stride, 1), keypoints[1]);
        Assert.Equal(new Keypoint(0, 0, 0), keypoints[2]);
        Assert.Equal(Keypoint.NotFound, keypoints[16]);
    }

    [Fact]
    public void Keypoints_come_out_in_frame_pixels()
    {
        float[][] outputs = ScenePainter.PoseNet(Grid, Stride, ScenePainter.Person(new(6), 0, 0, 256, 256));
        (Keypoint[] inModel, _) = ScenePainter.ParseOne(ScenePainter.PoseNetParser(TensorLayout.Nchw), outputs);
        FramePoses poses = new(ScenePainter.JointCount);
        ScenePainter.PoseNetParser(TensorLayout.Nchw).Parse(new FakeSlot(outputs), 0, AffineMap.Scale(5, 3, 2, -1), poses);

        Assert.Equal((5 * inModel[9].X) + 2, poses.Keypoints(0)[9].X, 1e-3f);
        Assert.Equal((3 * inModel[9].Y) - 1, poses.Keypoints(0)[9].Y, 1e-3f);
    }

    [Fact]
    public void Parsing_allocates_nothing() => AllocationProbe.AssertNone(
        ScenePainter.PoseNetParser(TensorLayout.Nhwc),
        ScenePainter.Interleave(ScenePainter.PoseNet(Grid, Stride, ScenePainter.Person(new(7), 0, 0, 256, 256)), 17, 34));
}
