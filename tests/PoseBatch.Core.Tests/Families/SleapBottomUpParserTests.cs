using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>What sleap-nn's bottom-up exports give, put together; the tensors are made by hand or from a drawn field.</summary>
public class SleapBottomUpParserTests
{
    private const int Peaks = 2;

    private static readonly float[] Places = [10, 10, 20, 20, 30, 30, 40, 40, 50, 50, 60, 60];

    private static readonly float[] Values = [0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f];

    [Fact]
    public void Pairs_of_the_largest_sum_are_individuals()
    {
        // The best pair of the first limb (0.9) would leave 0.1 for the others: 0.8 and 0.7 together are more.
        FramePoses poses = Parse(Places, Values, [0.9f, 0.8f, 0.7f, 0.1f, 0.2f, 0.6f, 0.5f, 0.2f]);

        Assert.Equal(2, poses.Count);
        Assert.Equal([new(10, 10, 0.9f), new(40, 40, 0.6f), new(50, 50, 0.5f)], poses.Keypoints(0).ToArray());
        Assert.Equal([new(20, 20, 0.8f), new(30, 30, 0.7f), new(60, 60, 0.4f)], poses.Keypoints(1).ToArray());
        Assert.Equal((0.8f + 0.5f) / 2, poses.Score(0), 1e-6f);
        Assert.Equal((0.7f + 0.6f) / 2, poses.Score(1), 1e-6f);
    }

    [Fact]
    public void A_pair_below_the_least_score_joins_nobody()
    {
        FramePoses poses = Parse(Places, Values, [0.9f, 0, 0, 0.25f, 0.2f, 0.1f, 0.1f, 0.24f]);

        Assert.Equal(2, poses.Count);
        Assert.Equal([new(10, 10, 0.9f), new(30, 30, 0.7f), Keypoint.NotFound], poses.Keypoints(0).ToArray());
        Assert.Equal(0.125f, poses.Score(1), 1e-6f);
    }

    [Fact]
    public void A_joint_that_was_not_found_leaves_nothing_to_join()
    {
        FramePoses poses = Parse(Places, [0.9f, 0.8f, -1e9f, 0, 0.5f, 0.4f], [.. Enumerable.Repeat(-2f, 8)]);

        Assert.Equal(0, poses.Count);
    }

    [Fact]
    public void Peaks_without_a_place_or_a_score_and_scores_that_are_no_numbers_are_none()
    {
        float[] places = [float.NaN, float.NaN, .. Places[2..]];
        FramePoses poses = Parse(places, Values, [0.9f, 0.9f, 0.5f, float.NaN, float.PositiveInfinity, 0.4f, 0.4f, 0.4f]);

        Assert.Equal(2, poses.Count);
        Assert.Equal([new(20, 20, 0.8f), new(30, 30, 0.7f), new(60, 60, 0.4f)], poses.Keypoints(0).ToArray());
        Assert.Equal([Keypoint.NotFound, new(40, 40, 0.6f), new(50, 50, 0.5f)], poses.Keypoints(1).ToArray());
        Assert.Equal(0.2f, poses.Score(1), 1e-6f);
    }

    [Fact]
    public void Nothing_found_is_nobody() =>
        Assert.Equal(0, Parse(new float[12], [.. Enumerable.Repeat(-1e9f, 6)], [.. Enumerable.Repeat(-2f, 8)]).Count);

    [Fact]
    public void Equal_scores_join_peaks_in_their_order()
    {
        FramePoses poses = Parse(Places, Values, [.. Enumerable.Repeat(0.5f, 8)]);

        Assert.Equal((10, 30, 50), Xs(poses.Keypoints(0)));
        Assert.Equal((20, 40, 60), Xs(poses.Keypoints(1)));
    }

    [Fact]
    public void Limbs_are_followed_outward_whatever_their_order()
    {
        // The second limb of the list is where individuals begin; otherwise the first would begin one that nobody joins.
        FramePoses poses = Parse(Places, Values, [0.2f, 0.6f, 0.5f, 0.2f, 0.9f, 0.8f, 0.7f, 0.1f], [new(1, 2), new(0, 1)]);

        Assert.Equal(2, poses.Count);
        Assert.Equal((10, 40, 50), Xs(poses.Keypoints(0)));
    }

    [Fact]
    public void Few_joints_are_not_enough()
    {
        ModelDescription model = Describe([new(0, 1), new(1, 2)], ("min_count", 3.0));
        FramePoses poses = new(3);

        PoseParsers.Create(model, Shapes).Parse(new FakeSlot(Places, Values, [0.9f, 0, 0, 0.5f, 0.9f, 0, 0, 0]), 0, AffineMap.Identity, poses);

        Assert.Equal(1, poses.Count);
    }

    [Fact]
    public void Places_are_carried_to_the_frame()
    {
        FramePoses poses = new(3);
        PoseParsers.Create(Describe([new(0, 1), new(1, 2)]), Shapes)
            .Parse(new FakeSlot(Places, Values, [.. Enumerable.Repeat(0.5f, 8)]), 0, AffineMap.Scale(2, 2, 0.5, 0.5), poses);

        Assert.Equal((20.5f, 60.5f, 100.5f), Xs(poses.Keypoints(0)));
    }

    [Fact]
    public void Two_animals_whose_bodies_cross_are_told_apart_by_the_field()
    {
        // An X: heads at the top, tails at the bottom, and the second limbs cross at (32, 32).
        (double X, double Y)[][] animals = [[(8, 8), (24, 24), (56, 56)], [(56, 8), (40, 24), (8, 56)]];
        Limb[] limbs = [new(0, 1), new(1, 2)];
        HeatmapShape grid = new(4, 64, 64, TensorLayout.Nchw);
        float[] field = new float[grid.Count];
        for (int limb = 0; limb < limbs.Length; limb++)
        {
            ScenePainter.Field(field, grid, (2 * limb, (2 * limb) + 1), 3, [.. animals.Select(animal => (animal[limbs[limb].From], animal[limbs[limb].To]))]);
        }

        // Peaks of the second animal first, so that their order does not help.
        float[] places = [.. Enumerable.Range(0, 3).SelectMany(joint => new[] { animals[1][joint], animals[0][joint] })
            .SelectMany(place => new[] { (float)place.X, (float)place.Y })];
        FramePoses poses = Parse(places, Values, [.. limbs.SelectMany((limb, index) => LineScores(field, grid, places, limb, index))]);

        Assert.Equal(2, poses.Count);
        Assert.Equal((56, 40, 8), Xs(poses.Keypoints(0)));
        Assert.Equal((8, 24, 56), Xs(poses.Keypoints(1)));
    }

    [Theory]
    [InlineData("[0,1],[2,1]", "$.limbs[1]: a limb before it leads to b already; limbs must lead outward from one joint and close no circle")]
    [InlineData("[0,1]", "$.limbs: none leads to a and c, but only one joint may be where limbs begin")]
    [InlineData("[1,2],[2,1]", "$.limbs[1]: joins 2 and 1 a second time")]
    [InlineData("[0,1],[1,2],[2,0]", "$.limbs: some close a circle; limbs must lead outward from one joint")]
    public void Limbs_that_are_no_tree_are_named(string pairs, string problem)
    {
        string limbs = string.Join(',', pairs.Split("],[").Select(pair => $$"""{"joints":[{{pair.Trim('[', ']')}}]}"""));

        Assert.Equal(problem, ModelJson.TryRead(Json(limbs), out _)[0]);
    }

    [Fact]
    public void Limbs_are_required_and_have_no_channels()
    {
        Assert.Equal(
            ["$.limbs: is missing"], ModelJson.TryRead(Json("").Replace(",\"limbs\":[]", "", StringComparison.Ordinal), out _));
        Assert.StartsWith("$.limbs[0].channels: is not known here", ModelJson.TryRead(Json("""{"joints":[0,1],"channels":[0,1]}"""), out _)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_that_do_not_belong_together_are_named()
    {
        ModelDescription model = Describe([new(0, 1), new(1, 2)]);

        Assert.Equal(
            ["outputs peaks, peak_vals, line_scores: have 2 and 2 peaks per joint, so line_scores must have 4 pairs, not 5"],
            ModelContract.CheckShapes(model, [[3, 2, 2], [3, 2], [2, 5]]));
        Assert.Contains(
            "3 (1 per limb)", Assert.Single(ModelContract.CheckShapes(Describe(TestModel.Chain(4)), [[3, 2, 2], [3, 2], [2, 4]])), StringComparison.Ordinal);
        Assert.Throws<PoseBatchException>(() => PoseParsers.Create(model, [[3, 2, 2], [3, 2], [2, 5]]));
    }

    [Fact]
    public void The_recipe_of_the_document_is_a_description()
    {
        ModelDescription model = ModelJson.Read(Recipe.Read("sleap-bottomup").ToJsonString(), "recipe");

        Assert.Equal([new Limb(0, 1), new(1, 2)], model.Limbs);
        Assert.Equal(3, model.Skeleton.KeypointCount);
    }

    [Fact]
    public void Putting_together_allocates_nothing() => AllocationProbe.AssertNone(
        PoseParsers.Create(Describe([new(0, 1), new(1, 2)]), Shapes), 3, [Places, Values, [.. Enumerable.Repeat(0.5f, 8)]]);

    private static int[][] Shapes { get; } = [[3, Peaks, 2], [3, Peaks], [2, Peaks * Peaks]];

    private static FramePoses Parse(float[] places, float[] values, float[] scores, params Limb[] limbs)
    {
        FramePoses poses = new(3);
        PoseParsers.Create(Describe(limbs.Length > 0 ? limbs : [new(0, 1), new(1, 2)]), Shapes)
            .Parse(new FakeSlot(places, values, scores), 0, AffineMap.Identity, poses);
        return poses;
    }

    private static ModelDescription Describe(IReadOnlyList<Limb> limbs, params (string, object)[] decoder)
    {
        ModelDescription model = TestModel.Describe(
            "sleap-bottomup", new(64, 64), 3, TensorLayout.Plain, ["peaks", "peak_vals", "line_scores"], decoder);
        return model with { Limbs = limbs };
    }

    private static (float, float, float) Xs(ReadOnlySpan<Keypoint> joints) => (joints[0].X, joints[1].X, joints[2].X);

    private static string Json(string limbs) => $$"""
        {"schema_version":1,"name":"m","family":"sleap-bottomup","licence":"x","origin":"y","sha256":"{{new string('0', 64)}}",
         "input":{"name":"i","layout":"NCHW","type":"uint8","width":64,"height":64,"colour_order":"rgb","resize":"stretch"},
         "outputs":{"peaks":{"name":"p","layout":"plain"},"peak_vals":{"name":"v","layout":"plain"},"line_scores":{"name":"s","layout":"plain"} },
         "skeleton":{"name":"s","keypoints":["a","b","c"],"edges":[],"swap":[]},"limbs":[{{limbs}}]}
        """;

    // The mean agreement of ten points along the line with the field, as the export computes it; the nearest cell will do here.
    private static float[] LineScores(float[] field, HeatmapShape grid, float[] places, Limb limb, int index)
    {
        float[] scores = new float[Peaks * Peaks];
        for (int pair = 0; pair < scores.Length; pair++)
        {
            int a = (limb.From * Peaks) + (pair / Peaks), b = (limb.To * Peaks) + (pair % Peaks);
            double x = places[2 * b] - places[2 * a], y = places[(2 * b) + 1] - places[(2 * a) + 1], length = Math.Sqrt((x * x) + (y * y));
            scores[pair] = (float)Enumerable.Range(0, 10).Average(point =>
            {
                int column = (int)Math.Round(places[2 * a] + (x * point / 9)), row = (int)Math.Round(places[(2 * a) + 1] + (y * point / 9));
                return ((field[grid[2 * index, row, column]] * x) + (field[grid[(2 * index) + 1, row, column]] * y)) / length;
            });
        }

        return scores;
    }
}
