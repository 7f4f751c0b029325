using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>The register of families against the parsers that read it.</summary>
public class ModelFamiliesTests
{
    public static TheoryData<string> Families => [.. ModelFamilies.All.Select(family => family.Name)];

    public static TheoryData<string, string> Parameters
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (ModelFamily family in ModelFamilies.All)
            {
                foreach (DecoderParameter parameter in family.Parameters)
                {
                    data.Add(family.Name, parameter.Name);
                }
            }

            return data;
        }
    }

    [Fact]
    public void A_family_looks_at_whole_frames_or_at_crops_or_finds_people() => Assert.All(
        ModelFamilies.All, family => Assert.Single(new object?[] { family.CreateParser, family.CreateCropParser, family.CreateDetector }, one => one is not null));

    [Fact]
    public void Families_of_a_kind_are_named_in_a_sentence()
    {
        Assert.Equal("movenet-heads or movenet-points", ModelFamilies.Names(family => family.FollowsOnePerson, "or"));
        Assert.Equal("yolo-pose", ModelFamilies.Names(family => family.Name == "yolo-pose", "or"));
        Assert.Equal("openpose-paf, tfpose-paf", ModelFamilies.Names(family => family.Name.EndsWith("-paf", StringComparison.Ordinal)));
    }

    [Fact]
    public void Names_are_unique_and_defaults_are_allowed_values()
    {
        Assert.Distinct(ModelFamilies.All.Select(family => family.Name));
        foreach (ModelFamily family in ModelFamilies.All)
        {
            Assert.Distinct(family.Roles.Select(role => role.Name));
            Assert.Distinct(family.Parameters.Select(parameter => parameter.Name));
            Assert.All(family.Parameters, parameter => Assert.True(
                parameter.Default switch
                {
                    double number => number >= parameter.Minimum && number <= parameter.Maximum && (!parameter.IsWhole || number % 1 == 0),
                    string word => parameter.Words!.Contains(word),
                    _ => parameter.Default is null,
                },
                $"{family.Name} {parameter.Name}"));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_package_that_states_only_what_it_must_gets_its_parser(string family)
    {
        ModelDescription model = ModelJson.Read(Minimal(family, allRoles: false), "model.json");

        Assert.NotNull(Parser(model, Shapes(model)));
        Assert.Empty(ModelContract.CheckShapes(model, Shapes(model)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Roles_a_family_can_do_without_are_read_too(string family)
    {
        ModelDescription model = ModelJson.Read(Minimal(family, allRoles: true), "model.json");

        Assert.NotNull(Parser(model, Shapes(model)));
    }

    [Theory]
    [MemberData(nameof(Parameters))]
    public void A_value_outside_its_range_is_refused_whether_the_parser_reads_it_or_not(string family, string parameter)
    {
        ModelDescription model = ModelJson.Read(Minimal(family, allRoles: true), "model.json");
        object wrong = model.Decoder[parameter] is double ? ModelFamilies.Find(family)!.FindParameter(parameter)!.Maximum + 1 : "anything";
        Dictionary<string, object> decoder = new(model.Decoder) { [parameter] = wrong };

        PoseBatchException refusal = Assert.Throws<PoseBatchException>(
            () => Parser(model with { Decoder = decoder }, Shapes(model)));

        Assert.Equal(ReasonCode.ModelMismatch, refusal.Reason);
        Assert.Contains($"'{parameter}'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_description_made_by_hand_may_be_silent_about_everything(string family)
    {
        ModelDescription model = ModelJson.Read(Minimal(family, allRoles: true), "model.json");

        Assert.NotNull(Parser(model with { Decoder = new Dictionary<string, object>() }, Shapes(model)));
    }

    [Theory]
    [InlineData("openpose-paf", "coco-17", "$.skeleton: must have 18 or 25 joints, not 17, or limbs must be given")]
    [InlineData("tfpose-paf", "coco-17", "$.skeleton: must have 18 joints, not 17, or limbs must be given")]
    public void Fields_need_the_skeleton_they_were_trained_for(string family, string skeleton, string problem) => Assert.Equal(
        [problem],
        ModelJson.TryRead(Minimal(family, allRoles: true).Replace("openpose-18", skeleton, StringComparison.Ordinal), out _));

    [Fact]
    public void Outputs_of_CenterNet_have_one_layout() => Assert.Equal(
        ["$.outputs: all outputs must have one layout"],
        ModelJson.TryRead(
            Minimal("centernet-pose", allRoles: false).Replace(
                "\"wh\":{\"name\":\"wh\",\"layout\":\"NCHW\"", "\"wh\":{\"name\":\"wh\",\"layout\":\"NHWC\"", StringComparison.Ordinal),
            out _));

    [Theory]
    [InlineData("openpose-paf", "38 (38 for 18 joints, 52 for 25; any with limbs)")]
    [InlineData("movenet-multi", "56 (3 per joint, then 5)")]
    public void Outputs_of_the_wrong_size_are_named_before_a_parser_is_made(string family, string rule)
    {
        ModelDescription model = ModelJson.Read(Minimal(family, allRoles: false), "model.json");
        int[][] shapes = Shapes(model);
        shapes[^1][family == "movenet-multi" ? ^1 : 0]++;

        Assert.Contains(rule, Assert.Single(ModelContract.CheckShapes(model, shapes)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_rows_of_an_end_to_end_export_have_a_fixed_length()
    {
        string json = Minimal("yolo-pose", allRoles: false).Replace("\"decoder\":{", "\"decoder\":{\"format\":\"end_to_end\"", StringComparison.Ordinal);
        ModelDescription model = ModelJson.Read(json, "model.json");

        Assert.Empty(ModelContract.CheckShapes(model, [[20, 57]]));
        Assert.Single(ModelContract.CheckShapes(model, [[20, 56]]));
    }

    private static string Minimal(string family, bool allRoles)
    {
        ModelFamily entry = ModelFamilies.Find(family)!;
        PixelSize size = entry.AlignsCorners ? new(257, 257) : new(256, 192);
        IEnumerable<string> roles = entry.Roles.Where(role => allRoles || role.IsRequired)
            .Select(role => $"\"{role.Name}\":{{\"name\":\"{role.Name}\",\"layout\":\"{(role.IsMap ? "NCHW" : "plain")}\"}}");
        IEnumerable<string> decoder = entry.Parameters.Where(parameter => parameter.Default is null)
            .Select(parameter => $"\"{parameter.Name}\":" + (parameter.Words is { } words ? $"\"{words[0]}\"" : "16"));
        string limbs = string.Join(',', TestModel.Chain(17).Select(limb => $$"""{"joints":[{{limb.From}},{{limb.To}}]}"""));
        return $$"""
            {"schema_version":1,"name":"m","family":"{{family}}","licence":"x","origin":"y","sha256":"{{new string('0', 64)}}",
             "input":{"name":"i","layout":"NCHW","type":"float32","width":{{size.Width}},"height":{{size.Height}},"colour_order":"rgb","resize":"stretch"},
             "outputs":{ {{string.Join(',', roles)}} },"decoder":{{{string.Join(',', decoder)}}},
             "skeleton":"{{(family.EndsWith("-paf", StringComparison.Ordinal) ? "openpose-18" : "coco-17")}}"
             {{(entry.Limbs == LimbUse.Scores ? $",\"limbs\":[{limbs}]" : "")}}}
            """;
    }

    private static object Parser(ModelDescription model, int[][] shapes) => ModelFamilies.Find(model.Family)! switch
    {
        { IsDetector: true } => PersonDetectors.Create(model, shapes),
        { IsTopDown: true } => CropParsers.Create(model, shapes),
        _ => PoseParsers.Create(model, shapes),
    };

    // What the rules of the register ask for; where any length will do, 60 or what the whole shape needs.
    private static int[][] Shapes(ModelDescription model) =>
        [.. model.Outputs.Select(output => ModelFamilies.Find(model.Family)!.Roles.First(role => role.Name == output.Role).Axes
            .Select((axis, place) => axis.Length(model) ?? Free(model.Family, output.Role, place)).ToArray())];

    // 1008 cells of the strides 8, 16 and 32 in 256x192, three anchors each; 80 classes.
    private static int Free(string family, string role, int place) => family switch
    {
        "sleap-bottomup" => role == "line_scores" ? 400 : 20,
        "yolov3" => place == 0 ? 3 * 1008 : 85,
        "yolo" => place == 0 ? 84 : 1008,
        _ => 60,
    };
}
