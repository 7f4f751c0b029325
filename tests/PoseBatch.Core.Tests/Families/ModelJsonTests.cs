using System.Text.Json.Nodes;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

public class ModelJsonTests
{
    private const string Hash = "507de086f8e00e5fad6381cd4141524b063c5f8d1a821d8cf0d5639bdfb1cade";

    private const string Whole = $$"""
        {
          "schema_version": 1, "name": "lightning", "family": "movenet-heads", "file": "model.onnx", "sha256": "{{Hash}}",
          "licence": "Apache-2.0", "origin": "somewhere",
          "input": { "name": "image", "layout": "NCHW", "type": "float32", "width": 192, "height": 96,
                     "colour_order": "bgr", "resize": "letterbox-top-left", "pad": [1, 2, 3], "mean": [4, 5, 6.5], "std": [1, 2, 3] },
          "outputs": {
            "offset": { "name": "o", "layout": "NCHW" }, "heatmap": { "name": "h", "layout": "NHWC" },
            "center": { "name": "c", "layout": "NCHW" }, "regression": { "name": "r", "layout": "NCHW" } },
          "decoder": { "channel_order": "yx", "distance_bias": 2.5 },
          "skeleton": "coco-17",
          "thresholds": { "min_person_score": 0.3, "min_keypoint_confidence": 0.1 },
          "x_anything": [1]
        }
        """;

    [Fact]
    public void Every_field_is_read()
    {
        ModelDescription model = ModelJson.Read(Whole, "model.json");

        Assert.Equal("lightning", model.Name);
        Assert.Equal("movenet-heads", model.Family);
        Assert.Equal("model.onnx", model.File);
        Assert.Equal(Hash, model.Sha256);
        Assert.Equal("Apache-2.0", model.Licence);
        Assert.Equal("somewhere", model.Origin);
        Assert.Equal("image", model.Input.Name);
        Assert.Equal(TensorLayout.Nchw, model.Input.Layout);
        Assert.Equal(TensorType.Float32, model.Input.Type);
        Assert.Equal(new(192, 96), model.Input.Size);
        Assert.Equal(ColourOrder.Bgr, model.Input.ColourOrder);
        Assert.Equal(ResizeRule.LetterboxTopLeft, model.Input.Resize);
        Assert.Equal([1, 2, 3], model.Input.Pad);
        Assert.Equal([4, 5, 6.5f], model.Input.Mean);
        Assert.Equal([1, 2, 3f], model.Input.Std);
        Assert.Same(Skeletons.Coco17, model.Skeleton);
        Assert.Equal(0.3f, model.MinPersonScore);
        Assert.Equal(0.1f, model.MinKeypointConfidence);
    }

    [Fact]
    public void Roles_come_in_the_order_of_the_family_whatever_the_order_of_the_file()
    {
        ModelDescription model = ModelJson.Read(Whole, "model.json");

        Assert.Equal(["heatmap", "center", "regression", "offset"], model.OutputRoles);
        Assert.Equal(new ModelOutput("heatmap", "h", TensorLayout.Nhwc), model.Outputs[0]);
        Assert.Equal(3, model.IndexOfOutput("offset"));
        Assert.Equal(-1, model.IndexOfOutput("displacement_fwd"));
    }

    [Fact]
    public void What_the_decoder_section_leaves_out_takes_the_default_of_the_family()
    {
        ModelDescription model = ModelJson.Read(Whole, "model.json");

        Assert.Equal(4, model.DecoderNumber("stride"));
        Assert.Equal(2.5, model.DecoderNumber("distance_bias"));
        Assert.Equal("yx", model.DecoderText("channel_order"));
        Assert.Equal("none", model.DecoderText("regression_rounding"));
        Assert.Throws<PoseBatchException>(() => model.DecoderText("stride"));
        Assert.Throws<PoseBatchException>(() => model.DecoderNumber("absent"));
    }

    [Fact]
    public void Optional_fields_have_defaults()
    {
        ModelDescription model = ModelJson.Read(
            Changed(json =>
            {
                json.Remove("file");
                json.Remove("thresholds");
                foreach (string name in new[] { "pad", "mean", "std" })
                {
                    json["input"]!.AsObject().Remove(name);
                }
            }),
            "model.json");

        Assert.Equal("model.onnx", model.File);
        Assert.Equal(0.25f, model.MinPersonScore);
        Assert.Equal(0, model.MinKeypointConfidence);
        Assert.Equal([0, 0, 0], model.Input.Pad);
        Assert.Equal([0, 0, 0f], model.Input.Mean);
        Assert.Equal([1, 1, 1f], model.Input.Std);
    }

    [Theory]
    [InlineData("schema_version", "2", "$.schema_version: must be a whole number from 1 to 1, not 2")]
    [InlineData("name", "\"\"", "$.name: must be a text that is not empty, not \"\"")]
    [InlineData("name", null, "$.name: is missing")]
    [InlineData("family", "\"movenet\"", "$.family: must be one of posenet, movenet-heads, movenet-points")]
    [InlineData("file", "\"../model.onnx\"", "$.file: must be the bare name of a file beside model.json")]
    [InlineData("file", "\"/etc/passwd\"", "$.file: must be the bare name of a file beside model.json")]
    [InlineData("sha256", "\"abc\"", "$.sha256: must be 64 hexadecimal digits")]
    [InlineData("licence", null, "$.licence: is missing")]
    [InlineData("origin", "7", "$.origin: must be a text that is not empty, not 7")]
    [InlineData("input", "3", "$.input: must be an object, not 3")]
    [InlineData("input", null, "$.input: is missing")]
    [InlineData("input.name", "null", "$.input.name: must be a text that is not empty, not null")]
    [InlineData("input.layout", "\"plain\"", "$.input.layout: must be one of NCHW, NHWC, not \"plain\"")]
    [InlineData("input.type", "\"float64\"", "$.input.type: must be one of float32, float16, uint8, int32, not \"float64\"")]
    [InlineData("input.width", "0.5", "$.input.width: must be a whole number from 1 to 8192, not 0.5")]
    [InlineData("input.width", "190", "$.input: 190x96 is not a whole number of cells of stride 4")]
    [InlineData("input.height", "9000", "$.input.height: must be a whole number from 1 to 8192, not 9000")]
    [InlineData("input.colour_order", "\"RGB\"", "$.input.colour_order: must be one of rgb, bgr, grey, not \"RGB\"")]
    [InlineData("input.resize", "\"crop\"", "$.input.resize: must be one of stretch, letterbox, letterbox-top-left, not \"crop\"")]
    [InlineData("input.pad", "[1,2]", "$.input.pad: must be three numbers in the order red, green, blue")]
    [InlineData("input.pad", "[1,256,3]", "$.input.pad[1]: must be a whole number from 0 to 255, not 256")]
    [InlineData("input.mean", "[1,2,\"3\"]", "$.input.mean[2]: must be a number from -255 to 255, not \"3\"")]
    [InlineData("input.std", "[1,0,1]", "$.input.std[1]: must be a number from 1E-06 to 1000000, not 0")]
    [InlineData("input.type", "\"uint8\"", "$.input: an integer input takes the bytes as they are")]
    [InlineData("input.colour", "\"rgb\"", "$.input.colour: is not known here; known are colour_order,")]
    [InlineData("outputs", null, "$.outputs: is missing")]
    [InlineData("outputs.center", null, "$.outputs.center: is missing")]
    [InlineData("outputs.displacement", "{}", "$.outputs.displacement: is not known here; known are center, heatmap, offset, regression")]
    [InlineData("outputs.center.name", "\"h\"", "$.outputs.center.name: tensor \"h\" already plays another role")]
    [InlineData("outputs.center.layout", "\"plain\"", "$.outputs.center.layout: must be NCHW or NHWC or CHWN or HWCN for this role")]
    [InlineData("outputs.center.layout", null, "$.outputs.center.layout: is missing")]
    [InlineData("outputs.center.shape", "[]", "$.outputs.center.shape: is not known here")]
    [InlineData("decoder", null, "$.decoder: is missing")]
    [InlineData("decoder.channel_order", "\"zx\"", "$.decoder.channel_order: must be one of xy, yx, not \"zx\"")]
    [InlineData("decoder.channel_order", null, "$.decoder.channel_order: is missing")]
    [InlineData("decoder.stride", "0", "$.decoder.stride: must be a number from 1 to 64, not 0")]
    [InlineData("decoder.stride", "4.5", "$.decoder.stride: must be a whole number, not 4.5")]
    [InlineData("decoder.distance_bias", "1e999", "$.decoder.distance_bias: must be a number from 0.001 to 1000, not 1e999")]
    [InlineData("decoder.treshold", "0.1", "$.decoder.treshold: is not known here")]
    [InlineData("skeleton", "\"coco-18\"", "$.skeleton: must be one of coco-17, openpose-18, or an object")]
    [InlineData("skeleton", null, "$.skeleton: is missing")]
    [InlineData("skeleton", "5", "$.skeleton: must be an object, not 5")]
    [InlineData("skeleton", """{"name":"s","keypoints":[],"edges":[],"swap":[]}""", "$.skeleton.keypoints: must name 1 to 1024 joints, not 0")]
    [InlineData("skeleton", """{"name":"s","keypoints":["a","a"],"edges":[],"swap":[]}""", "$.skeleton.keypoints[1]: \"a\" stands there twice")]
    [InlineData("skeleton", """{"name":"s","keypoints":["a","B"],"edges":[],"swap":[]}""", "$.skeleton.keypoints[1]: must be a name of small letters")]
    [InlineData("skeleton", """{"name":"s","keypoints":["a","b"],"edges":[[0,2]],"swap":[]}""", "$.skeleton.edges[0]: must be a pair of two different joint numbers from 0 to 1, not [0,2]")]
    [InlineData("skeleton", """{"name":"s","keypoints":["a","b"],"edges":[[0,0]],"swap":[]}""", "$.skeleton.edges[0]: must be a pair")]
    [InlineData("skeleton", """{"name":"s","keypoints":["a","b","c"],"edges":[],"swap":[[0,1],[1,2]]}""", "$.skeleton.swap: names a joint in more than one pair")]
    [InlineData("skeleton", """{"name":"s","keypoints":["a"],"edges":[]}""", "$.skeleton.swap: is missing")]
    [InlineData("thresholds.min_person_score", "4.5", "$.thresholds.min_person_score: must be a number from 0 to 4, not 4.5")]
    [InlineData("thresholds.person", "1", "$.thresholds.person: is not known here")]
    [InlineData("licens", "\"MIT\"", "$.licens: is not known here; known are caution, decoder,")]
    public void A_wrong_field_is_named_by_its_path(string path, string? value, string problem)
    {
        IReadOnlyList<string> problems = ModelJson.TryRead(Changed(json => Set(json, path, value)), out ModelDescription? model);

        Assert.Null(model);
        Assert.Contains(problems, found => found.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void All_problems_are_named_at_once()
    {
        string json = Changed(json =>
        {
            Set(json, "name", null);
            Set(json, "input.width", "-1");
            Set(json, "outputs.center", null);
            Set(json, "typo", "1");
        });

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => ModelJson.Read(json, "here/model.json"));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.StartsWith("here/model.json", fault.Message, StringComparison.Ordinal);
        foreach (string path in new[] { "$.name", "$.input.width", "$.outputs.center", "$.typo" })
        {
            Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        }

        Assert.Contains("docs/models.md", fault.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"name\":\"\\ud800\"}")]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}")]
    [InlineData("{} {}")]
    public void Text_that_is_no_description_is_a_problem_and_not_a_crash(string json)
    {
        Assert.NotEmpty(ModelJson.TryRead(json, out ModelDescription? model));
        Assert.Null(model);
    }

    [Fact]
    public void A_field_that_stands_there_twice_is_named() => Assert.Contains(
        ModelJson.TryRead("{\"name\":\"a\",\"name\":\"b\"}", out _), problem => problem == "$.name: stands there twice");

    [Fact]
    public void A_detector_needs_no_skeleton()
    {
        ModelDescription model = ModelJson.Read(
            $$"""
            {"schema_version":1,"name":"d","family":"yolov3","sha256":"{{Hash}}","licence":"x","origin":"y",
             "input":{"name":"i","layout":"NCHW","type":"float32","width":320,"height":320,"colour_order":"rgb","resize":"letterbox"},
             "outputs":{"detections":{"name":"p","layout":"plain"} } }
            """,
            "model.json");

        Assert.Equal(0, model.Skeleton.KeypointCount);
        Assert.Equal(0.05, model.DecoderNumber("score_threshold"));
    }

    [Theory]
    [InlineData(513, 16, true)]
    [InlineData(512, 16, false)]
    [InlineData(257, 32, true)]
    public void The_side_of_a_posenet_input_is_a_multiple_of_the_stride_plus_one(int side, int stride, bool isRight)
    {
        string json = PoseNet(side, stride, "");

        Assert.Equal(isRight, ModelJson.TryRead(json, out _).Count == 0);
    }

    [Fact]
    public void Displacements_come_in_pairs()
    {
        string json = PoseNet(257, 32, ""","displacement_fwd":{"name":"f","layout":"NHWC"}""");

        Assert.Equal(["$.outputs: displacement_fwd and displacement_bwd come together or not at all"], ModelJson.TryRead(json, out _));
    }

    [Fact]
    public void Several_people_need_displacements()
    {
        string single = PoseNet(257, 32, "");

        Assert.Equal(
            ["$.decoder.mode: multi needs the outputs displacement_fwd and displacement_bwd"],
            ModelJson.TryRead(single.Replace("\"stride\":32", "\"stride\":32,\"mode\":\"multi\"", StringComparison.Ordinal), out _));
    }

    [Fact]
    public void A_grey_input_has_one_mean_and_one_std()
    {
        string grey = Whole.Replace("\"bgr\"", "\"grey\"", StringComparison.Ordinal);
        string right = grey.Replace("[4, 5, 6.5]", "[6.5]", StringComparison.Ordinal).Replace("[1, 2, 3] }", "[3] }", StringComparison.Ordinal);
        ModelInput input = ModelJson.Read(right, "model.json").Input;

        Assert.Equal((ColourOrder.Grey, 1), (input.ColourOrder, input.ChannelCount));
        Assert.Equal([6.5f], input.Mean);
        Assert.Equal([3f], input.Std);
        Assert.Equal([1, 2, 3], input.Pad);
        Assert.Equal(input.Mean, ModelJson.Read(ModelJson.Write(ModelJson.Read(right, "model.json")), "again").Input.Mean);
        Assert.Equal(
            ["$.input.mean: must be one number, as the input is grey", "$.input.std: must be one number, as the input is grey"],
            ModelJson.TryRead(grey, out _));
    }

    [Fact]
    public void Constants_are_read_and_written()
    {
        ModelDescription model = ModelJson.Read(WithConstants(
            """
            {"name":"sizes","type":"int64","shape":["batch",2],"values":["input_height","input_width"]},
            {"name":"set","type":"int32","shape":[],"values":[-3]}, {"name":"on","type":"bool","shape":[2],"values":[true,false]},
            {"name":"scale","type":"float32","shape":[1,1],"values":[0.5]}
            """), "model.json");

        Assert.Equal(["sizes", "set", "on", "scale"], model.Input.Constants.Select(constant => constant.Name));
        Assert.Equal([TensorType.Int64, TensorType.Int32, TensorType.Bool, TensorType.Float32], model.Input.Constants.Select(constant => constant.Type));
        Assert.Equal([-1, 2], model.Input.Constants[0].Shape);
        Assert.Equal([96.0, 192.0], model.Input.Constants[0].Numbers(model.Input.Size));
        Assert.Equal([1.0, 0.0], model.Input.Constants[2].Numbers(model.Input.Size));
        Assert.Equal(ModelJson.Write(model), ModelJson.Write(ModelJson.Read(ModelJson.Write(model), "again")));
    }

    [Theory]
    [InlineData("""{"name":"image","type":"int64","shape":[1],"values":[1]}""", "$.input.constants[0].name: tensor \"image\" is the image")]
    [InlineData(
        """{"name":"a","type":"int32","shape":[1],"values":[1]},{"name":"a","type":"int32","shape":[1],"values":[1]}""",
        "$.input.constants[1].name: tensor \"a\" is given twice")]
    [InlineData(
        """{"name":"a","type":"float64","shape":[1],"values":[1]}""",
        "$.input.constants[0].type: must be one of float32, int64, int32, bool, not \"float64\"")]
    [InlineData(
        """{"name":"a","type":"int64","shape":["batch",2],"values":[1]}""",
        "$.input.constants[0].values: must be 2 for that shape, of one image, not 1")]
    [InlineData("""{"name":"a","type":"int64","shape":[3],"values":[1]}""", "$.input.constants[0].values: must be 3 for that shape, not 1")]
    [InlineData(
        """{"name":"a","type":"int64","shape":[2,"batch"],"values":[1,2]}""",
        "$.input.constants[0].shape[1]: must be a whole number from 1 to 65536, not \"batch\"")]
    [InlineData(
        """{"name":"a","type":"int64","shape":[1],"values":[0.5]}""",
        "$.input.constants[0].values[0]: must be a whole number up to 9007199254740991, input_width or input_height, not 0.5")]
    [InlineData(
        """{"name":"a","type":"int32","shape":[1],"values":[2147483648]}""",
        "$.input.constants[0].values[0]: must be a whole number up to 2147483647, input_width or input_height, not 2147483648")]
    [InlineData("""{"name":"a","type":"bool","shape":[1],"values":[1]}""", "$.input.constants[0].values[0]: must be true or false, not 1")]
    [InlineData("7", "$.input.constants[0]: must be an object, not 7")]
    public void Wrong_constants_are_named(string constants, string problem) =>
        Assert.Equal(problem, ModelJson.TryRead(WithConstants(constants), out _)[0]);

    [Theory]
    [InlineData("NCHW", TensorLayout.Nchw, false)]
    [InlineData("NHWC", TensorLayout.Nhwc, false)]
    [InlineData("CHWN", TensorLayout.Nchw, true)]
    [InlineData("HWCN", TensorLayout.Nhwc, true)]
    public void A_layout_says_where_the_batch_is(string word, TensorLayout layout, bool isBatchLast)
    {
        string json = Whole.Replace("\"h\", \"layout\": \"NHWC\"", $"\"h\", \"layout\": \"{word}\"", StringComparison.Ordinal);
        ModelDescription model = ModelJson.Read(json, "model.json");

        Assert.Equal(new ModelOutput("heatmap", "h", layout, isBatchLast), model.Outputs[0]);
        Assert.Equal(model.Outputs, ModelJson.Read(ModelJson.Write(model), "again").Outputs);
    }

    [Theory]
    [InlineData("NCWH", "$.outputs.heatmap.layout: must be one of NCHW, NHWC, plain, CHWN, HWCN, plain-batch-last, not \"NCWH\"")]
    [InlineData("plain-batch-last", "$.outputs.heatmap.layout: must be NCHW or NHWC or CHWN or HWCN for this role")]
    public void A_layout_that_cannot_be_is_refused(string word, string problem) => Assert.Equal(
        [problem],
        ModelJson.TryRead(Whole.Replace("\"h\", \"layout\": \"NHWC\"", $"\"h\", \"layout\": \"{word}\"", StringComparison.Ordinal), out _));

    private static string WithConstants(string constants) => Whole.Replace(
        "\"std\": [1, 2, 3]", $"\"std\": [1, 2, 3], \"constants\": [{constants}]", StringComparison.Ordinal);

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        ModelDescription model = ModelJson.Read(Whole, "model.json") with
        {
            Skeleton = new("own", ["a", "b", "c"], [(0, 1), (1, 2)], [(0, 2)]),
            Origin = "quoted \" and ünïcode",
        };

        string written = ModelJson.Write(model);

        Assert.Equal(written, ModelJson.Write(ModelJson.Read(written, "again")));
        ModelDescription read = ModelJson.Read(written, "again");
        Assert.Equal(model.Origin, read.Origin);
        Assert.Equal(model.Skeleton.Keypoints, read.Skeleton.Keypoints);
        Assert.Equal(model.Skeleton.Edges, read.Skeleton.Edges);
        Assert.Equal(model.Skeleton.SwapPairs, read.Skeleton.SwapPairs);
        Assert.Equal(model.Input.Mean, read.Input.Mean);
    }

    private static string PoseNet(int side, int stride, string moreOutputs) => $$$"""
        {"schema_version":1,"name":"p","family":"posenet","sha256":"{{{Hash}}}","licence":"x","origin":"y",
         "input":{"name":"i","layout":"NHWC","type":"float32","width":{{{side}}},"height":{{{side}}},"colour_order":"rgb","resize":"stretch"},
         "outputs":{"heatmap":{"name":"h","layout":"NHWC"},"offset":{"name":"o","layout":"NHWC"}{{{moreOutputs}}}},
         "decoder":{"stride":{{{stride}}}},"skeleton":"coco-17"}
        """;

    private static string Changed(Action<JsonObject> change)
    {
        JsonObject json = JsonNode.Parse(Whole)!.AsObject();
        change(json);
        return json.ToJsonString();
    }

    private static void Set(JsonObject json, string path, string? value)
    {
        string[] names = path.Split('.');
        JsonObject parent = json;
        foreach (string name in names[..^1])
        {
            parent = parent[name]!.AsObject();
        }

        parent.Remove(names[^1]);
        if (value is not null)
        {
            parent[names[^1]] = JsonNode.Parse(value);
        }
    }
}
