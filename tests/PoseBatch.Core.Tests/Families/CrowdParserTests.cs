using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Families that find several people in a frame, through the factory, as the service uses them.</summary>
public class CrowdParserTests
{
    private const int Joints = 17;

    // Two people of PoseNet's tree, apart from each other, input pixels.
    private static readonly (double X, double Y)[][] People =
    [
        [.. Enumerable.Range(0, Joints).Select(joint => (40 + (8.5 * (joint % 5)), 30 + (9.25 * joint)))],
        [.. Enumerable.Range(0, Joints).Select(joint => (170 + (7.5 * (joint % 5)), 45 + (9.75 * joint)))],
    ];

    [Theory]
    [InlineData(TensorLayout.Nchw)]
    [InlineData(TensorLayout.Nhwc)]
    public void PoseNet_tells_two_people_apart_and_reads_them_within_a_hundredth_of_a_cell(TensorLayout layout)
    {
        (IPoseParser parser, float[][] outputs) = PoseNet(layout);
        FramePoses poses = new(Joints);

        parser.Parse(new FakeSlot(outputs), 0, AffineMap.Identity, poses);

        Assert.Equal(2, poses.Count);
        foreach ((double X, double Y)[] person in People)
        {
            int found = Math.Abs(poses.Keypoints(0)[0].X - person[0].X) < 20 ? 0 : 1;
            for (int joint = 0; joint < Joints; joint++)
            {
                Assert.Equal(person[joint].X, poses.Keypoints(found)[joint].X, 0.16);
                Assert.Equal(person[joint].Y, poses.Keypoints(found)[joint].Y, 0.16);
            }
        }

        AllocationProbe.AssertNone(parser, outputs);
    }

    [Fact]
    public void PoseNet_gives_the_same_bits_in_both_layouts()
    {
        (IPoseParser planar, float[][] planarOutputs) = PoseNet(TensorLayout.Nchw);
        (IPoseParser interleaved, float[][] interleavedOutputs) = PoseNet(TensorLayout.Nhwc);

        AssertSame(Parse(planar, planarOutputs), Parse(interleaved, interleavedOutputs));
    }

    [Fact]
    public void The_order_in_which_people_were_drawn_does_not_matter()
    {
        (IPoseParser parser, float[][] outputs) = PoseNet(TensorLayout.Nchw);
        (_, float[][] reversed) = PoseNet(TensorLayout.Nchw, [People[1], People[0]]);

        AssertSame(Parse(parser, outputs), Parse(parser, reversed));
    }

    [Fact]
    public void Nobody_is_an_empty_frame()
    {
        (IPoseParser parser, float[][] outputs) = PoseNet(TensorLayout.Nchw);
        foreach (float filler in new[] { -20f, float.NaN, float.NegativeInfinity })
        {
            Array.Fill(outputs[0], filler);
            Assert.Equal(0, Parse(parser, outputs).Count);
        }
    }

    [Fact]
    public void Equal_logits_everywhere_are_at_most_the_people_allowed()
    {
        (IPoseParser parser, float[][] outputs) = PoseNet(TensorLayout.Nchw);
        Array.Fill(outputs[0], float.PositiveInfinity);

        Assert.InRange(Parse(parser, outputs).Count, 1, 5);
    }

    [Theory]
    [InlineData(TensorLayout.Nchw)]
    [InlineData(TensorLayout.Nhwc)]
    public void CenterNet_snaps_joints_to_peaks_in_frame_pixels_and_allocates_nothing(TensorLayout layout)
    {
        HeatmapShape grid = new(Joints, 32, 32, layout);
        string[] roles = ["hm", "wh", "hps", "reg", "hm_hp", "hp_offset"];
        int[] channels = [1, 2, 2 * Joints, 2, Joints, 2];
        float[][] outputs = [.. channels.Select(count => new float[count * grid.CellCount])];
        (double X, double Y)[] cells = [.. Enumerable.Range(0, Joints).Select(joint => (8.0 + (joint % 5), 6.0 + joint))];
        outputs[0][(14 * 32) + 10] = 0.9f;
        for (int cell = 0; cell < grid.CellCount; cell++)
        {
            (outputs[1][(grid with { Channels = 2 })[0, cell]], outputs[1][(grid with { Channels = 2 })[1, cell]]) = (14, 28);
            for (int joint = 0; joint < Joints; joint++)
            {
                // The centre is off by a cell; the peaks are right.
                outputs[2][(grid with { Channels = 2 * Joints })[2 * joint, cell]] = (float)cells[joint].X - (cell % 32) + 1;
                outputs[2][(grid with { Channels = 2 * Joints })[(2 * joint) + 1, cell]] = (float)cells[joint].Y - (cell / 32);
            }
        }

        for (int joint = 0; joint < Joints; joint++)
        {
            outputs[4][grid[joint, (int)cells[joint].Y, (int)cells[joint].X]] = 0.8f;
        }

        int[][] shapes = [.. channels.Select(count => layout == TensorLayout.Nchw ? new[] { count, 32, 32 } : [32, 32, count])];
        IPoseParser parser = PoseParsers.Create(TestModel.Describe("centernet-pose", new(128, 128), Joints, layout, roles),
            shapes);
        FramePoses poses = new(Joints);

        parser.Parse(new FakeSlot(outputs), 0,
            FrameFit.For(new(256, 256), new(1, 1), new(128, 128), ResizeRule.Stretch).ModelToFrame, poses);

        Assert.Equal(1, poses.Count);
        Assert.Equal(new BoundingBox(24, 0, 136, 224), poses.Box(0));
        for (int joint = 0; joint < Joints; joint++)
        {
            Assert.Equal(new Keypoint((float)cells[joint].X * 8, (float)cells[joint].Y * 8, 0.8f), poses.Keypoints(0)[joint]);
        }

        AllocationProbe.AssertNone(parser, outputs);
    }

    [Theory]
    [InlineData("openpose-paf")]
    [InlineData("tfpose-paf")]
    public void Fields_join_the_parts_of_two_people(string family)
    {
        HeatmapShape grid = new(19, 46, 54, TensorLayout.Nchw);
        (float[][] outputs, (double X, double Y)[][] people) = DrawFields(grid);
        IPoseParser parser = PoseParsers.Create(
            TestModel.Describe(family, new(432, 368), 18, TensorLayout.Nchw, ["heatmap", "paf"]), [[19, 46, 54], [38, 46, 54]]);
        FramePoses poses = new(18);

        parser.Parse(new FakeSlot(outputs), 0, AffineMap.Identity, poses);

        Assert.Equal(2, poses.Count);
        foreach ((double X, double Y)[] person in people)
        {
            int found = Math.Abs(poses.Keypoints(0)[1].X - person[1].X) < 60 ? 0 : 1;
            for (int part = 0; part < 18; part++)
            {
                // tf-pose takes whole cells of a map enlarged to half the input; OpenPose a centroid.
                double fraction = family == "tfpose-paf" ? 4 : 1;
                Assert.Equal(person[part].X, poses.Keypoints(found)[part].X, fraction);
                Assert.Equal(person[part].Y, poses.Keypoints(found)[part].Y, fraction);
            }
        }
    }

    [Theory]
    [InlineData("openpose-paf")]
    [InlineData("tfpose-paf")]
    public void Assembling_allocates_nothing(string family)
    {
        (float[][] outputs, _) = DrawFields(new(19, 46, 54, TensorLayout.Nchw));
        IPoseParser parser = PoseParsers.Create(
            TestModel.Describe(family, new(432, 368), 18, TensorLayout.Nchw, ["heatmap", "paf"]), [[19, 46, 54], [38, 46, 54]]);

        AllocationProbe.AssertNone(parser, 18, outputs);
    }

    [Fact]
    public void Exports_that_have_suppressed_already_need_the_threshold_only()
    {
        ModelDescription model = TestModel.Describe(
            "yolo-pose", new(640, 640), 2, TensorLayout.Plain, ["output"], ("format", "end_to_end"), ("confidence", 0.5));
        float[] rows = [10, 20, 30, 40, 0.9f, 0, 15, 25, 0.7f, 16, 26, 0.6f, 1, 2, 3, 4, 0.5f, 0, 5, 5, 1, 6, 6, 1];
        FramePoses poses = new(2);

        PoseParsers.Create(model, [[2, 12]]).Parse(new FakeSlot([rows]), 0, AffineMap.Identity, poses);

        Assert.Equal(1, poses.Count);
        Assert.Equal(new BoundingBox(10, 20, 30, 40), poses.Box(0));
        Assert.Equal(new Keypoint(16, 26, 0.6f), poses.Keypoints(0)[1]);
    }

    [Theory]
    [InlineData("yolo-pose", new int[] { 20, 8400 })]
    [InlineData("movenet-multi", new int[] { 6, 55 })]
    public void Outputs_of_the_wrong_size_are_refused(string family, int[] shape)
    {
        ModelDescription model = TestModel.Describe(
            family, new(256, 256), Joints, TensorLayout.Plain, [family == "yolo-pose" ? "output" : "instances"]);

        Assert.Equal(ReasonCode.ModelMismatch,
            Assert.Throws<PoseBatchException>(() => PoseParsers.Create(model, [shape])).Reason);
    }

    private static FramePoses Parse(IPoseParser parser, float[][] outputs)
    {
        FramePoses poses = new(Joints);
        parser.Parse(new FakeSlot(outputs), 0, AffineMap.Identity, poses);
        return poses;
    }

    private static void AssertSame(FramePoses expected, FramePoses actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int person = 0; person < expected.Count; person++)
        {
            Assert.Equal(expected.Score(person), actual.Score(person));
            Assert.Equal(expected.Keypoints(person).ToArray(), actual.Keypoints(person).ToArray());
        }
    }

    private static (IPoseParser Parser, float[][] Outputs) PoseNet(TensorLayout layout, (double X, double Y)[][]? people = null)
    {
        const int stride = 16;
        (int Parent, int Child)[] edges =
        [
            (0, 1), (1, 3), (0, 2), (2, 4), (0, 5), (5, 7), (7, 9), (5, 11),
            (11, 13), (13, 15), (0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16),
        ];
        HeatmapShape grid = new(Joints, 17, 17, TensorLayout.Nchw);
        float[] heatmap = new float[grid.Count], offset = new float[2 * grid.Count];
        float[] forward = new float[32 * grid.CellCount], backward = new float[32 * grid.CellCount];
        Array.Fill(heatmap, -10f);
        people ??= People;
        for (int cell = 0; cell < grid.CellCount; cell++)
        {
            (double x, double y) = (cell % 17 * stride, cell / 17 * stride);
            for (int joint = 0; joint < Joints; joint++)
            {
                (double X, double Y) at = people.MinBy(person => Distance(person[joint], (x, y)))![joint];
                heatmap[grid[joint, cell]] = (float)(5 - Distance(at, (x, y)));
                offset[(joint * grid.CellCount) + cell] = (float)(at.Y - y);
                offset[((Joints + joint) * grid.CellCount) + cell] = (float)(at.X - x);
            }

            for (int edge = 0; edge < edges.Length; edge++)
            {
                (int parent, int child) = edges[edge];
                (double X, double Y)[] byParent = people.MinBy(person => Distance(person[parent], (x, y)))!;
                (double X, double Y)[] byChild = people.MinBy(person => Distance(person[child], (x, y)))!;
                forward[(edge * grid.CellCount) + cell] = (float)(byParent[child].Y - byParent[parent].Y);
                forward[((16 + edge) * grid.CellCount) + cell] = (float)(byParent[child].X - byParent[parent].X);
                backward[(edge * grid.CellCount) + cell] = (float)(byChild[parent].Y - byChild[child].Y);
                backward[((16 + edge) * grid.CellCount) + cell] = (float)(byChild[parent].X - byChild[child].X);
            }
        }

        float[][] outputs = [heatmap, offset, forward, backward];
        IPoseParser parser = PoseParsers.Create(
            TestModel.Describe(
                "posenet", new(257, 257), Joints, layout, ["heatmap", "offset", "displacement_fwd", "displacement_bwd"],
                ("mode", "multi"),
                ("score_threshold", 0.3)),
            [.. new[] { Joints, 2 * Joints, 32, 32 }.Select(channels => ScenePainter.Shape(layout, channels, 17))]);
        return (parser, layout == TensorLayout.Nchw ? outputs : ScenePainter.Interleave(outputs, Joints, 2 * Joints, 32, 32));
    }

    private static double Distance((double X, double Y) one, (double X, double Y) other) =>
        Math.Sqrt(Math.Pow(one.X - other.X, 2) + Math.Pow(one.Y - other.Y, 2));

    // Cell c has its middle at 8 c + 3.5 net pixels. Parts lie a little beside it: exactly in the middle, four enlarged pixels
    // would share the maximum, which is no peak for OpenPose and four for tf-pose.
    private static (float[][] Outputs, (double X, double Y)[][] People) DrawFields(HeatmapShape grid)
    {
        (int X, int Y)[] body =
        [
            (10, 5), (10, 9), (7, 9), (6, 14), (5, 19), (13, 9), (14, 14), (15, 19), (8, 20), (8, 27), (8, 34), (12, 20),
            (12, 27), (12, 34),
            (9, 4), (11, 4), (7, 5), (13, 5),
        ];
        (int X, int Y)[][] cells = [body, [.. body.Select(part => (part.X + 28, part.Y + 6))]];
        HeatmapShape fields = grid with { Channels = 38 };
        float[] heat = new float[grid.Count], paf = new float[fields.Count];
        foreach ((int X, int Y)[] person in cells)
        {
            for (int part = 0; part < 18; part++)
            {
                GaussianHeatmap.Draw(heat, grid, part, person[part].X + 0.21, person[part].Y + 0.17, 1);
            }

            foreach (PafLimb limb in PafSkeleton.Coco18.Limbs)
            {
                ((int fromX, int fromY), (int toX, int toY)) = (person[limb.From], person[limb.To]);
                double x = toX - fromX, y = toY - fromY, length = Math.Sqrt((x * x) + (y * y));
                for (int row = Math.Min(fromY, toY) - 2; row <= Math.Max(fromY, toY) + 2; row++)
                {
                    for (int column = Math.Min(fromX, toX) - 2; column <= Math.Max(fromX, toX) + 2; column++)
                    {
                        paf[fields[limb.ChannelX, row, column]] = (float)(x / length);
                        paf[fields[limb.ChannelY, row, column]] = (float)(y / length);
                    }
                }
            }
        }

        return ([heat, paf], [.. cells.Select(person =>
            person.Select(cell => ((8 * (cell.X + 0.21)) + 3.5, (8 * (cell.Y + 0.17)) + 3.5)).ToArray())]);
    }
}
