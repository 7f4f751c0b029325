using System.Text.Json;
using PoseBatch.Estimators;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;

namespace PoseBatch.Golden;

public class DetectorGoldenTests
{
    public static TheoryData<string> LetterboxCases => GoldenVectors.Cases("alphapose_letterbox");

    public static TheoryData<string> HeadCases => GoldenVectors.Cases("yolov3_head");

    public static TheoryData<string> Yolov3Cases => GoldenVectors.Cases("yolov3_detections");

    public static TheoryData<string> YoloxCases => GoldenVectors.Cases("yolox_detections");

    [Theory]
    [MemberData(nameof(LetterboxCases))]
    public void The_detector_of_AlphaPose_gets_the_letterbox_of_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("alphapose_letterbox", name);
        if (!golden.HasTensor("image"))
        {
            foreach (JsonElement row in golden.Expected.GetProperty("rows").EnumerateArray())
            {
                int Of(string field) => row.GetProperty(field).GetInt32();
                FrameFit fit = DetectorLetterbox.AlphaPose(new(Of("image_width"), Of("image_height")), Of("inp_dim"));
                Assert.Equal(new PixelSize(Of("new_width"), Of("new_height")), fit.Fit);
                Assert.Equal((Of("left"), Of("top")), (fit.Left, fit.Top));
            }

            return;
        }

        PixelSize frame = new(golden.Params.GetProperty("image_width").GetInt32(),
            golden.Params.GetProperty("image_height").GetInt32());
        FrameFit letterbox = DetectorLetterbox.AlphaPose(frame, golden.Params.GetProperty("inp_dim").GetInt32());
        byte pad = golden.Params.GetProperty("pad_value").GetByte();
        TensorPacker packer = new(new()
        {
            Name = "image",
            Layout = PoseBatch.Models.TensorLayout.Nchw,
            Type = PoseBatch.Models.TensorType.Float32,
            Size = letterbox.Model,
            ColourOrder = ColourOrder.Rgb,
            Resize = PoseBatch.Geometry.ResizeRule.Letterbox,
            Pad = [pad, pad, pad],
            Mean = [0, 0, 0],
            Std = [255, 255, 255],
        });
        byte[] resized = new byte[letterbox.Fit.Width * letterbox.Fit.Height * 3];
        float[] tensor = new float[packer.ByteCount / 4];

        BicubicResize.Resize(GoldenPicture.Rgb(golden), frame, resized, letterbox.Fit);
        packer.Pack(resized, letterbox, System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.AsSpan()));

        GoldenPicture.Compare(golden.ExpectedTensor("input"), tensor, golden.Tolerance("abs"));
    }

    [Theory]
    [MemberData(nameof(HeadCases))]
    public void Raw_heads_decode_to_the_rows_of_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("yolov3_head", name);
        int grid = golden.Params.GetProperty("grid").GetInt32(), classes = golden.Params.GetProperty("num_classes").GetInt32();
        (float, float)[] anchors = [.. golden.Params.GetProperty("anchors").EnumerateArray().Select(anchor =>
            (anchor[0].GetSingle(), anchor[1].GetSingle()))];
        float[] raw = golden.Tensor("raw"), expected = golden.ExpectedTensor("pred");
        float[] rows = new float[expected.Length];
        int images = golden.Shape("raw")[0];
        for (int image = 0; image < images; image++)
        {
            Yolov3.DecodeHead(
                raw.AsSpan(image * raw.Length / images, raw.Length / images), grid, classes, anchors,
                golden.Params.GetProperty("inp_dim").GetInt32() / grid,
                rows.AsSpan(image * rows.Length / images, rows.Length / images));
        }

        for (int i = 0; i < rows.Length; i++)
        {
            Near.Equal(expected[i], rows[i], golden.Tolerance("abs") + (golden.Tolerance("rel") * Math.Abs(expected[i])),
                $"number {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Yolov3Cases))]
    public void People_are_chosen_as_AlphaPose_does(string name)
    {
        GoldenCase golden = GoldenVectors.Open("yolov3_detections", name);
        int side = golden.Params.GetProperty("inp_dim").GetInt32(), classes = golden.Params.GetProperty("num_classes").GetInt32();
        PixelSize[] sizes = [.. golden.Params.GetProperty("image_sizes_wh").EnumerateArray().Select(size =>
            new PixelSize(size[0].GetInt32(), size[1].GetInt32()))];
        Yolov3Options options = new()
        {
            Confidence = golden.Params.GetProperty("confidence").GetSingle(),
            OverlapThreshold = golden.Params.GetProperty("nms_threshold").GetDouble(),
            Class = golden.Params.GetProperty("person_class").GetInt32(),
            RerunAbove = golden.Params.GetProperty("rerun_above").GetInt32(),
            RerunDelta = golden.Params.GetProperty("rerun_delta").GetDouble(),
        };
        float[] rows = golden.Tensor("pred");
        List<Detection>[] candidates = [.. sizes.Select(_ => new List<Detection>())],
        kept = [.. sizes.Select(_ => new List<Detection>())];
        for (int image = 0; image < sizes.Length; image++)
        {
            Yolov3.Filter(rows.AsSpan(image * rows.Length / sizes.Length, rows.Length / sizes.Length), classes, options,
                candidates[image]);
        }

        (double threshold, int survivors) = Yolov3.Suppress(candidates, options, kept);

        Assert.Equal(golden.Expected.GetProperty("survivors_first_pass").GetInt32(), survivors);
        Assert.Equal(golden.Expected.GetProperty("nms_threshold_used").GetDouble(), threshold, 1e-9);
        (int Image, Detection Found)[] found = [.. kept.SelectMany((list, image) =>
            list.Select(detection => (image, detection)))];
        int place = 0;
        JsonElement[] exact = [.. golden.Expected.GetProperty("exact_inverse_boxes").EnumerateArray()];
        foreach (JsonElement expected in golden.Expected.GetProperty("detections").EnumerateArray())
        {
            (int image, Detection detection) = found[place];
            PixelSize size = sizes[image];
            double tolerance = golden.Tolerance("abs_px");
            Assert.Equal(expected.GetProperty("image").GetInt32(), image);
            Near.Equal(expected.GetProperty("objectness").GetDouble(), detection.Score, golden.Tolerance("abs_score"),
                $"objectness {place}");
            Near.Equal(expected.GetProperty("class_score").GetDouble(), detection.ClassScore, golden.Tolerance("abs_score"),
                $"class score {place}");
            GoldenPicture.Compare(GoldenCase.Numbers(expected.GetProperty("letterbox_box")), detection.Box, tolerance,
                $"letterbox box {place}");
            BoundingBox approximate = Plainly(DetectorLetterbox.AlphaPoseInverse(size, side), detection.Box);
            GoldenPicture.Compare(
                GoldenCase.Numbers(expected.GetProperty("box")), Yolov3.Clamp(approximate, size.Width, size.Height), tolerance,
                $"box {place}");
            BoundingBox box = Boxes.ToFrame(detection.Box, DetectorLetterbox.AlphaPose(size, side).ModelToFrame);
            GoldenPicture.Compare(GoldenCase.Numbers(exact[place]), Yolov3.Clamp(box, size.Width, size.Height), tolerance,
                $"exact box {place}");
            place++;
        }

        Assert.Equal(found.Length, place);
    }

    [Theory]
    [MemberData(nameof(Yolov3Cases))]
    public void The_detector_with_AlphaPoses_rules_gives_its_people_frame_by_frame(string name)
    {
        GoldenCase golden = GoldenVectors.Open("yolov3_detections", name);
        Assert.SkipWhen(
            name == "batch2_over_100" && golden.Params.GetProperty("image_sizes_wh").GetArrayLength() > 1,
            "AlphaPose counts 100 people over a batch, PoseBatch over a frame: with several frames in a batch they may differ.");
        int side = golden.Params.GetProperty("inp_dim").GetInt32(), length = golden.Params.GetProperty("num_classes").GetInt32() + 5;
        PixelSize[] sizes = [.. golden.Params.GetProperty("image_sizes_wh").EnumerateArray().Select(size =>
            new PixelSize(size[0].GetInt32(), size[1].GetInt32()))];
        float[] rows = golden.Tensor("pred");
        int ofImage = rows.Length / sizes.Length;
        ModelDescription model = TestModel.Describe(
            "yolov3", new(side, side), 1, TensorLayout.Plain, ["detections"], ("rules", "alphapose"),
            ("score_threshold", golden.Params.GetProperty("confidence").GetDouble()),
            ("nms_overlap", golden.Params.GetProperty("nms_threshold").GetDouble()));
        int image = 0;
        FakePoseModel network = new(model with { Skeleton = ModelFamilies.NoSkeleton }, [[ofImage / length, length]], 1, (_, outputs) =>
            rows.AsSpan(image * ofImage, ofImage).CopyTo(outputs[0]));
        using IInferenceBuffers slot = network.CreateBuffers();
        IPersonDetector detector = PersonDetectors.Create(network.Description, network.OutputShapes);
        List<Detection> people = [];
        int place = 0;
        double[][] exact = [.. golden.Expected.GetProperty("exact_inverse_boxes").EnumerateArray().Select(GoldenCase.Numbers)];
        for (; image < sizes.Length; image++)
        {
            slot.Run(1);
            detector.Detect(slot, 0, DetectorLetterbox.AlphaPose(sizes[image], side).ModelToFrame, people);
            foreach (Detection person in people)
            {
                GoldenPicture.Compare(
                    exact[place++], Yolov3.Clamp(person.Box, sizes[image].Width, sizes[image].Height), golden.Tolerance("abs_px"), $"box {place}");
            }
        }

        Assert.Equal(exact.Length, place);
    }

    [Theory]
    [MemberData(nameof(YoloxCases))]
    public void Yolox_boxes_are_those_of_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("yolox_detections", name);
        int side = golden.Params.GetProperty("input_size").GetInt32();
        double scale = 1 / golden.Params.GetProperty("ratio").GetDouble();
        List<Detection> kept = [];

        Yolox.Parse(
            golden.Tensor("output"), golden.Params.GetProperty("num_classes").GetInt32(), new(side, side),
            AffineMap.Scale(scale, scale, (scale - 1) / 2, (scale - 1) / 2),
            new()
            {
                ScoreThreshold = golden.Params.GetProperty("score_threshold").GetSingle(),
                OverlapThreshold = golden.Params.GetProperty("nms_threshold").GetDouble(),
            },
            [], kept);

        // The reference lists class after class.
        Detection[] found = [.. kept.OrderBy(detection => detection.Class)];
        int place = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("detections").EnumerateArray())
        {
            double[] row = GoldenCase.Numbers(expected);
            GoldenPicture.Compare(row, found[place].Box, golden.Tolerance("abs_px"), $"box {place}");
            Near.Equal(row[4], found[place].Score, golden.Tolerance("abs_score"), $"score {place}");
            Assert.Equal(row[5], found[place].Class);
            place++;
        }

        Assert.Equal(found.Length, place);

        // rtmlib keeps only these of them, because it passes the threshold of the overlap for that of the score.
        double overlap = golden.Params.GetProperty("nms_threshold").GetDouble();
        Assert.Equal(
            GoldenCase.Integers(golden.Expected.GetProperty("rtmlib_extra_filter_score_above_nms_threshold")),
            found.Select(detection => detection.Score > overlap ? 1 : 0));
    }

    private static BoundingBox Plainly(AffineMap map, BoundingBox box)
    {
        (double left, double top) = map.Apply(box.XMin, box.YMin);
        (double right, double bottom) = map.Apply(box.XMax, box.YMax);
        return new((float)left, (float)top, (float)right, (float)bottom);
    }
}
