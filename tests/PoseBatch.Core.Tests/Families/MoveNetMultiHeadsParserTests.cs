using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>The decoder of MoveNet MultiPose on maps drawn by hand: a grid of 24 x 24 cells of 4 pixels, two joints.</summary>
public class MoveNetMultiHeadsParserTests
{
    private const int Side = 24, Cells = Side * Side, Joints = 2;

    // What the graph divides squared distances by: a constant of it times the shorter side of the grid.
    private const double Spread = 0.300048828125 * Side;

    private readonly float[] _heatmap = new float[Joints * Cells], _center = new float[Cells];
    private readonly float[] _regression = new float[2 * Joints * Cells], _offset = new float[2 * Joints * Cells];
    private readonly float[] _boxScale = new float[2 * Cells], _boxOffset = new float[2 * Cells];

    [Fact]
    public void A_joint_is_the_strongest_heat_in_the_box_weighted_by_its_distance_from_the_guess()
    {
        Person(10, 12, 0.8f, height: 10, width: 8);
        Guess(10, 12, joint: 0, -2, 1);
        Guess(10, 12, joint: 1, 3, -2);
        Heat(0, 8, 13, 0.9f);
        _offset[At(0, 8, 13)] = 0.25f;
        _offset[At(1, 8, 13)] = -0.5f;
        Heat(1, 13, 11, 0.5f);   // one cell from the guess
        Heat(1, 20, 10, 1);      // outside the box

        FramePoses poses = Parse();

        Assert.Equal(1, poses.Count);
        Assert.Equal(new(50, 33, 0.9f), poses.Keypoints(0)[0]);
        double second = 0.5 * Math.Exp(-1 / Spread);
        Assert.Equal((44f, 52f), (poses.Keypoints(0)[1].X, poses.Keypoints(0)[1].Y));
        Assert.Equal(second, poses.Keypoints(0)[1].Score, 1e-6);
        Assert.Equal(0.8 * (0.9 + second) / 2, poses.Score(0), 1e-6);
        Assert.Equal(new BoundingBox(32, 20, 64, 60), poses.Box(0));
    }

    [Fact]
    public void A_cell_that_two_people_claim_counts_for_both_what_it_counts_for_the_nearer()
    {
        Person(10, 12, 0.8f, height: 10, width: 14);
        Person(10, 17, 0.7f, height: 10, width: 14);
        Guess(10, 12, joint: 0, -2, 1);
        Guess(10, 17, joint: 0, -2, -2);   // two cells to the right of the heat
        Heat(0, 8, 13, 0.9f);

        FramePoses poses = Parse();

        Assert.Equal(2, poses.Count);
        Assert.Equal(new(52, 32, 0.9f), poses.Keypoints(0)[0]);
        Assert.Equal(new(52, 32, 0.9f), poses.Keypoints(1)[0]);
        Assert.Equal(0.7 * 0.9, poses.Score(1), 1e-6);
    }

    [Fact]
    public void A_centre_beside_a_stronger_one_is_nobody_and_one_three_cells_away_is_somebody()
    {
        Person(10, 10, 0.9f, height: 4, width: 4);
        Person(11, 12, 0.8f, height: 4, width: 4);
        Person(10, 13, 0.7f, height: 4, width: 4);
        Person(10, 14, 0.6f, height: 4, width: 4);
        foreach (int column in new[] { 10, 12, 13, 14 })
        {
            Heat(0, 10, column, 1);
        }

        // (11, 12) lies two cells from the strongest, and hides (10, 13) and (10, 14), which are weaker.
        Assert.Equal(1, Parse().Count);

        _center[(11 * Side) + 12] = 0;
        Assert.Equal(2, Parse().Count);
    }

    [Fact]
    public void A_centre_without_joints_is_nobody()
    {
        Person(10, 12, 1, height: 10, width: 8);
        Heat(0, 10, 12, 0.1f);   // too weak to count

        Assert.Equal(0, Parse().Count);
    }

    [Fact]
    public void No_more_people_are_found_than_asked_for_and_the_strongest_are()
    {
        for (int person = 0; person < 4; person++)
        {
            Person(3, 3 + (5 * person), 0.5f + (0.1f * person), height: 2, width: 2);
            Heat(0, 3, 3 + (5 * person), 1);
        }

        FramePoses poses = Parse(("max_detections", 3.0));

        Assert.Equal([0.8f, 0.7f, 0.6f], Enumerable.Range(0, poses.Count).Select(poses.Score), (a, b) => MathF.Abs(a - b) < 1e-6f);
    }

    private static int At(int channel, int row, int column) => (channel * Cells) + (row * Side) + column;

    private void Person(int row, int column, float score, float height, float width)
    {
        _center[At(0, row, column)] = score;
        _boxScale[At(0, row, column)] = height;
        _boxScale[At(1, row, column)] = width;
    }

    private void Guess(int row, int column, int joint, float down, float right)
    {
        _regression[At(2 * joint, row, column)] = down;
        _regression[At((2 * joint) + 1, row, column)] = right;
    }

    private void Heat(int joint, int row, int column, float value) => _heatmap[At(joint, row, column)] = value;

    private FramePoses Parse(params (string, object)[] decoder)
    {
        ModelDescription model = TestModel.Describe(
            "movenet-multi-heads", new(4 * Side, 4 * Side), Joints, TensorLayout.Nchw,
            ["heatmap", "center", "regression", "offset", "box_scale", "box_offset"], decoder);
        int[][] shapes = [[Joints, Side, Side], [1, Side, Side], [2 * Joints, Side, Side], [2 * Joints, Side, Side], [2, Side, Side], [2, Side, Side]];
        FramePoses poses = new(Joints);
        PoseParsers.Create(model, shapes).Parse(
            new FakeSlot([_heatmap, _center, _regression, _offset, _boxScale, _boxOffset]), 0, AffineMap.Identity, poses);
        return poses;
    }
}
