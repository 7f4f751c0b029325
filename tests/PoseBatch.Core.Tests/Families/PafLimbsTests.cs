using System.Text.Json.Nodes;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Part affinity fields of networks that PoseBatch has no table of: limbs of the package.</summary>
public class PafLimbsTests
{
    private const int Cells = 56;

    // Two people of trt_pose's joints (COCO-17 and a neck) who cross their forearms: each right wrist lies beyond the other's left one.
    private static readonly (int X, int Y)[] Left =
    [
        (16, 8), (17, 7), (15, 7), (19, 8), (13, 8), (21, 13), (11, 13), (24, 19), (9, 19), (31, 24), (8, 25), (19, 27), (13, 27), (20, 36), (12, 36),
        (20, 45), (12, 45), (16, 12),
    ];

    private static readonly (int X, int Y)[] Right = [.. Left.Select(cell => (54 - cell.X, cell.Y + 2))];

    [Theory]
    [InlineData("openpose-paf")]
    [InlineData("tfpose-paf")]
    public void The_recipe_of_trt_pose_reads_two_people_with_crossing_limbs(string family)
    {
        ModelDescription model = TrtPose(family);
        float[][] outputs = Draw(model, background: false, Left, Right);
        FramePoses poses = new(18);

        PoseParsers.Create(model, [[18, Cells, Cells], [42, Cells, Cells]]).Parse(new FakeSlot(outputs), 0, AffineMap.Identity, poses);

        Assert.Equal(2, poses.Count);
        foreach ((int X, int Y)[] person in new[] { Left, Right })
        {
            Keypoint[] found = Assert.Single(
                Enumerable.Range(0, 2).Select(index => poses.Keypoints(index).ToArray()), joints => Math.Abs(joints[17].X - Middle(person[17].X)) < 8);
            for (int joint = 0; joint < 18; joint++)
            {
                Assert.Equal(Middle(person[joint].X), found[joint].X, 1.5);
                Assert.Equal(Middle(person[joint].Y), found[joint].Y, 1.5);
            }
        }

        // Cells of 4 pixels, drawn a little beside their middle.
        static double Middle(int cell) => (4 * (cell + 0.21)) + 1.5;
    }

    [Fact]
    public void A_background_channel_is_not_looked_at()
    {
        ModelDescription model = TrtPose("openpose-paf");
        FramePoses without = new(18), with = new(18);

        PoseParsers.Create(model, [[18, Cells, Cells], [42, Cells, Cells]])
            .Parse(new FakeSlot(Draw(model, background: false, Left)), 0, AffineMap.Identity, without);
        PoseParsers.Create(model, [[19, Cells, Cells], [42, Cells, Cells]])
            .Parse(new FakeSlot(Draw(model, background: true, Left)), 0, AffineMap.Identity, with);

        Assert.Equal(1, with.Count);
        Assert.Equal(without.Keypoints(0).ToArray(), with.Keypoints(0).ToArray());
        Assert.Equal(without.Score(0), with.Score(0));
    }

    [Theory]
    [InlineData("openpose-paf", 25)]
    [InlineData("openpose-paf", 18)]
    [InlineData("tfpose-paf", 18)]
    public void The_table_of_a_known_skeleton_given_as_limbs_changes_nothing(string family, int jointCount)
    {
        PafSkeleton table = jointCount == 25 ? PafSkeleton.Body25 : PafSkeleton.Coco18;
        ModelDescription model = TestModel.Describe(family, new(64, 64), jointCount, TensorLayout.Nchw, ["heatmap", "paf"], ("feet", "counted"));
        model = model with { Decoder = family == "openpose-paf" ? model.Decoder : new Dictionary<string, object>() };
        ModelDescription own = model with
        {
            Limbs = [.. table.Limbs.Select(limb => new Limb(limb.From, limb.To, (limb.ChannelX, limb.ChannelY), limb.FillsGaps))],
        };
        int[][] shapes = [[jointCount + 1, 8, 8], [table.FieldCount, 8, 8]];
        Random random = new(5);
        for (int round = 0; round < 20; round++)
        {
            FakeSlot noise = new(Noise(64 * (jointCount + 1)), Noise(64 * table.FieldCount));
            FramePoses expected = new(jointCount), actual = new(jointCount);

            PoseParsers.Create(model, shapes).Parse(noise, 0, AffineMap.Identity, expected);
            PoseParsers.Create(own, shapes).Parse(noise, 0, AffineMap.Identity, actual);

            Assert.Equal(expected.Count, actual.Count);
            for (int person = 0; person < expected.Count; person++)
            {
                Assert.Equal(expected.Score(person), actual.Score(person));
                Assert.Equal(expected.Keypoints(person).ToArray(), actual.Keypoints(person).ToArray());
            }
        }

        float[] Noise(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 1.6f) - 0.4f)];
    }

    [Fact]
    public void A_field_that_points_toward_the_joint_people_have_is_read_the_other_way()
    {
        PafSkeleton skeleton = PafSkeleton.Of(3, [new(1, 2, (0, 1)), new(0, 1, (5, 4)), new(2, 0, (2, 3), FillsGaps: true)]);

        Assert.Equal([new PafLimb(1, 2, 0, 1), new(1, 0, 5, 4, Sign: -1), new(2, 0, 2, 3, FillsGaps: true)], skeleton.Limbs);
    }

    [Theory]
    [InlineData("""{"joints":[0,3],"channels":[0,1]}""", "$.limbs[0].joints: must be two different joint numbers from 0 to 2, not [0,3]")]
    [InlineData("""{"joints":[0,0],"channels":[0,1]}""", "$.limbs[0].joints: must be two different joint numbers from 0 to 2, not [0,0]")]
    [InlineData("""{"joints":[0,1]}""", "$.limbs[0].channels: is missing")]
    [InlineData(
        """{"joints":[0,1],"channels":[1,1]}""",
        "$.limbs[0].channels: must be the channels of x and y among the fields, two different numbers from 0 to 4095, not [1,1]")]
    [InlineData("""{"joints":[0,1],"channels":[0,1],"fills_gaps":1}""", "$.limbs[0].fills_gaps: must be true or false, not 1")]
    [InlineData(
        """{"joints":[0,1],"channels":[0,1]},{"joints":[1,0],"channels":[2,3]}""", "$.limbs[1]: joins 1 and 0 a second time")]
    [InlineData(
        """{"joints":[0,1],"channels":[0,1]},{"joints":[1,2],"channels":[1,2]}""", "$.limbs[1]: channel 1 or 2 already belongs to another limb")]
    [InlineData("", "$.limbs: must be a list of one limb at least")]
    [InlineData("""{"joints":[0,1],"channels":[0,1]}""", "$.limbs: none leads to joint 2 (c), which would never be found")]
    [InlineData(
        """{"joints":[0,1],"channels":[0,1]},{"joints":[1,2],"channels":[2,3]},{"joints":[2,0],"channels":[4,5]}""",
        "$.limbs[2]: closes a circle, limbs before it lead to both c and a: leave it out, or say \"fills_gaps\": true")]
    [InlineData(
        """{"joints":[0,1],"channels":[0,1]},{"joints":[1,2],"channels":[2,3],"fills_gaps":true}""",
        "$.limbs[1]: fills gaps, so limbs before it must lead to both b and c")]
    public void Wrong_limbs_are_named(string limbs, string problem) => Assert.Equal(problem, ModelJson.TryRead(Json("openpose-paf", limbs), out _)[0]);

    [Fact]
    public void Limbs_that_begin_nowhere_are_named()
    {
        string json = Json("tfpose-paf", """{"joints":[0,1],"channels":[0,1]},{"joints":[2,3],"channels":[2,3]},{"joints":[1,2],"channels":[4,5]}""")
            .Replace("\"c\"]", "\"c\",\"d\"]", StringComparison.Ordinal);

        Assert.Equal(
            [
                "$.limbs[1]: no limb before it leads to c or d: list limbs from one joint outward",
                "$.limbs[2]: closes a circle, limbs before it lead to both b and c: leave it out, or say \"fills_gaps\": true",
            ],
            ModelJson.TryRead(json, out _));
    }

    [Fact]
    public void Families_without_limbs_refuse_them() => Assert.Equal(
        ["$.limbs: family topdown-heatmap puts no limbs together, only openpose-paf, tfpose-paf and sleap-bottomup do"],
        ModelJson.TryRead(Json("topdown-heatmap", """{"joints":[0,1],"channels":[0,1]}""").Replace(
            ",\"paf\":{\"name\":\"p\",\"layout\":\"NCHW\"}", "", StringComparison.Ordinal), out _));

    [Fact]
    public void Nobody_can_have_more_joints_than_there_are() => Assert.Equal(
        ["$.decoder.min_count: nobody can have 4 joints, the skeleton has 3"],
        ModelJson.TryRead(Json("openpose-paf", Two).Replace("\"min_count\":2", "\"min_count\":4", StringComparison.Ordinal), out _));

    [Fact]
    public void Channels_the_network_does_not_have_are_named()
    {
        ModelDescription model = ModelJson.Read(Json("openpose-paf", Two), "model.json");

        Assert.Empty(ModelContract.CheckShapes(model, [[3, 8, 8], [4, 8, 8]]));
        Assert.Empty(ModelContract.CheckShapes(model, [[4, 8, 8], [6, 8, 8]]));
        Assert.Equal(["$.limbs[1]: there is no channel 3, output paf has 0 to 2"], ModelContract.CheckShapes(model, [[3, 8, 8], [3, 8, 8]]));
        Assert.Equal(
            ["output heatmap: must have 3 channels, 1 per joint, or 4 with background, but has 5"],
            ModelContract.CheckShapes(model, [[5, 8, 8], [4, 8, 8]]));
        Assert.Throws<PoseBatchException>(() => PoseParsers.Create(model, [[3, 8, 8], [3, 8, 8]]));
    }

    [Fact]
    public void Limbs_are_written_as_they_are_read()
    {
        ModelDescription model = TrtPose("openpose-paf");

        Assert.Equal(model.Limbs, ModelJson.Read(ModelJson.Write(model), "again").Limbs);
        Assert.Equal(21, model.Limbs.Count);
    }

    private const string Two = """{"joints":[0,1],"channels":[0,1]},{"joints":[1,2],"channels":[2,3]}""";

    private static string Json(string family, string limbs) => $$"""
        {"schema_version":1,"name":"m","family":"{{family}}","licence":"x","origin":"y","sha256":"{{new string('0', 64)}}",
         "input":{"name":"i","layout":"NCHW","type":"float32","width":64,"height":64,"colour_order":"rgb","resize":"stretch"},
         "outputs":{"heatmap":{"name":"h","layout":"NCHW"},"paf":{"name":"p","layout":"NCHW"} },
         {{(family == "topdown-heatmap" ? "" : "\"decoder\":{\"min_count\":2},")}}
         "skeleton":{"name":"s","keypoints":["a","b","c"],"edges":[],"swap":[]},
         "limbs":[{{limbs}}]}
        """;

    private static ModelDescription TrtPose(string family)
    {
        JsonObject recipe = Recipe.Read("trt_pose");
        recipe["family"] = family;
        if (family == "tfpose-paf")
        {
            recipe["decoder"] = new JsonObject { ["stride"] = 4 };
        }

        return ModelJson.Read(recipe.ToJsonString(), "recipe");
    }

    private static float[][] Draw(ModelDescription model, bool background, params (int X, int Y)[][] people)
    {
        HeatmapShape parts = new(background ? 19 : 18, Cells, Cells, TensorLayout.Nchw), fields = parts with { Channels = 42 };
        float[] heat = new float[parts.Count], paf = new float[fields.Count];
        if (background)
        {
            Array.Fill(heat, 0.9f, 18 * parts.CellCount, parts.CellCount);
        }

        foreach ((int X, int Y)[] person in people)
        {
            for (int joint = 0; joint < 18; joint++)
            {
                GaussianHeatmap.Draw(heat, parts, joint, person[joint].X + 0.21, person[joint].Y + 0.21, 1);
            }
        }

        foreach (Limb limb in model.Limbs)
        {
            ScenePainter.Field(paf, fields, limb.Channels!.Value, 1.5, [.. people.Select(person => (Place(person[limb.From]), Place(person[limb.To])))]);
        }

        return [heat, paf];

        static (double, double) Place((int X, int Y) cell) => (cell.X, cell.Y);
    }
}
