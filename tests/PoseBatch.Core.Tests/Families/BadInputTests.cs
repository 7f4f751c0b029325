using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// What a broken network gives (not numbers, infinities, one value everywhere, maps of one cell) has a defined answer in every
/// family: no exception, and every joint either has a finite place or none.
/// </summary>
public class BadInputTests
{
    private const int Rows = 50;   // of outputs whose length is free

    private static readonly Dictionary<string, Action<float[], Random>> Fills = new()
    {
        ["not a number"] = (values, _) => Array.Fill(values, float.NaN),
        ["plus infinity"] = (values, _) => Array.Fill(values, float.PositiveInfinity),
        ["minus infinity"] = (values, _) => Array.Fill(values, float.NegativeInfinity),
        ["zero"] = (values, _) => Array.Clear(values),
        ["one"] = (values, _) => Array.Fill(values, 1),
        ["minus one"] = (values, _) => Array.Fill(values, -1),
        ["huge"] = (values, _) => Array.Fill(values, 1e30f),
        ["noise with all of them"] = (values, random) =>
        {
            float[] odd = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, 1, 1e30f, -1e30f];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = random.Next(3) == 0 ? odd[random.Next(odd.Length)] : (float)random.NextDouble();
            }
        },
    };

    public static TheoryData<string, string, bool> Cases
    {
        get
        {
            TheoryData<string, string, bool> cases = [];
            IEnumerable<string> unnamed = ModelFamilies.All.Select(family => family.Name).Except(Networks.Values.Select(network => network.Family));
            foreach (string network in Networks.Keys.Concat(unnamed))
            {
                foreach (string fill in Fills.Keys)
                {
                    cases.Add(network, fill, false);
                    if (HasOneCell(network))
                    {
                        cases.Add(network, fill, true);
                    }
                }
            }

            return cases;
        }
    }

    /// <summary>Families with the parameters that change their way of reading, or with sizes of their own. The others are read as they come.</summary>
    private static Dictionary<string, (string Family, int Joints, int Side, int OneCell, (string, object)[] Decoder)> Networks { get; } = new()
    {
        ["posenet single"] = ("posenet", 17, 129, 1, [("stride", 16.0)]),
        ["posenet multi"] = ("posenet", 17, 129, 1, [("stride", 16.0), ("mode", "multi"), ("max_detections", 1000.0)]),
        ["movenet-heads"] = ("movenet-heads", 17, 96, 4, [("channel_order", "yx")]),
        ["movenet-heads truncated"] = ("movenet-heads", 17, 96, 4, [("channel_order", "xy"), ("regression_rounding", "trunc"), ("heatmap_threshold", 0.1)]),
        ["movenet-points"] = ("movenet-points", 17, 192, 0, []),
        ["movenet-multi"] = ("movenet-multi", 17, 192, 0, []),
        ["movenet-multi-heads"] = ("movenet-multi-heads", 17, 96, 4, []),
        ["yolo-pose raw"] = ("yolo-pose", 17, 640, 0, []),
        ["yolo-pose end to end"] = ("yolo-pose", 17, 640, 0, [("format", "end_to_end")]),
        ["openpose-paf"] = ("openpose-paf", 18, 64, 8, []),
        ["openpose-paf 25"] = ("openpose-paf", 25, 64, 8, []),
        ["tfpose-paf"] = ("tfpose-paf", 18, 128, 8, []),
        ["centernet-pose"] = ("centernet-pose", 17, 96, 4, []),
        ["topdown-heatmap none"] = ("topdown-heatmap", 17, 64, 4, [("refinement", "none")]),
        ["topdown-heatmap quarter"] = ("topdown-heatmap", 17, 64, 4, [("refinement", "quarter")]),
        ["topdown-heatmap dark"] = ("topdown-heatmap", 17, 64, 4, [("refinement", "dark")]),
        ["topdown-heatmap udp-dark"] = ("topdown-heatmap", 17, 64, 4, [("refinement", "udp-dark")]),
        ["simcc"] = ("simcc", 17, 64, 0, []),
        ["alphapose"] = ("alphapose", 17, 64, 4, []),
        ["alphapose master"] = ("alphapose", 17, 64, 4, [("branch", "master")]),
        ["yolox"] = ("yolox", 1, 64, 0, []),
        ["yolov3"] = ("yolov3", 1, 64, 0, []),
        ["yolov3 alphapose"] = ("yolov3", 1, 64, 0, [("rules", "alphapose")]),
        ["yolo raw"] = ("yolo", 1, 64, 0, []),
        ["yolo end to end"] = ("yolo", 1, 64, 0, [("format", "end_to_end")]),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Broken_outputs_have_an_answer(string network, string fill, bool oneCell)
    {
        (string name, int joints, int side, int least, (string, object)[] decoder) = Networks.GetValueOrDefault(network, (network, 17, 64, 0, []));
        ModelFamily family = ModelFamilies.Find(name)!;
        side = oneCell ? least : side;
        ModelDescription model = Complete(TestModel.Describe(
            name, new(side, side), joints, family.Roles[0].IsMap ? TensorLayout.Nchw : TensorLayout.Plain,
            [.. family.Roles.Select(role => role.Name)], decoder), family);
        Random random = new(7);
        int[][] shapes = [.. family.Roles.Select(role => role.Axes.Select((axis, place) => axis.Length(model) ?? Free(network, role, place)).ToArray())];
        float[][] outputs = [.. shapes.Select(shape =>
        {
            float[] values = new float[shape.Aggregate((a, b) => a * b)];
            Fills[fill](values, random);
            return values;
        })];
        FakeSlot slot = new(outputs);
        FramePoses poses = new(joints);

        if (family.IsDetector)
        {
            List<Detection> people = [];
            PersonDetectors.Create(model, shapes).Detect(slot, 0, AffineMap.Scale(2, 2, 0.5, 0.5), people);
            Assert.InRange(people.Count, 0, outputs.Sum(output => output.Length));
            Assert.All(people, person => Assert.False(float.IsNaN(person.Score), "a score is no number"));
            return;
        }

        if (name == "alphapose")
        {
            AlphaPoseParser parser = new(new ParserContract(model, shapes));
            Keypoint[] cells = new Keypoint[2 * joints];
            parser.Parse(slot, 0, cells.AsSpan(0, joints));
            parser.Parse(slot, 0, cells.AsSpan(joints));
            new PoseNms(parser.Nms).Run([new(0, 0, 64, 64), new(0, 0, 0, 0)], [1, float.NaN], cells, poses);
        }
        else if (family.IsTopDown)
        {
            CropParsers.Create(model, shapes).Parse(slot, 0, poses.Add(1, BoundingBox.None));
        }
        else
        {
            PoseParsers.Create(model, shapes).Parse(slot, 0, AffineMap.Scale(2, 2, 0.5, 0.5), poses);
        }

        Assert.InRange(poses.Count, 0, 3000);
        for (int person = 0; person < poses.Count; person++)
        {
            foreach (Keypoint joint in poses.Keypoints(person))
            {
                Assert.True(
                    (float.IsFinite(joint.X) && float.IsFinite(joint.Y)) || (float.IsNaN(joint.X) && float.IsNaN(joint.Y)),
                    $"A joint lies at {joint.X}, {joint.Y}.");
                Assert.False(float.IsNaN(joint.Score), "The score of a joint is no number.");
            }
        }

        // People whose score is no number are dropped with those below the threshold.
        poses.Finish(0, 1000, 0);
        Assert.All(Enumerable.Range(0, poses.Count), person => Assert.False(float.IsNaN(poses.Score(person))));
    }

    [Fact]
    public void Boxes_outside_the_picture_without_a_size_or_without_numbers_do_not_stop_a_crop()
    {
        PixelSize input = new(64, 80), frame = new(320, 240);
        foreach (BoundingBox box in new BoundingBox[]
        {
            new(0, 0, 0, 0), new(-500, -500, -400, -400), new(1000, 1000, 1100, 1200), new(319, 239, 320, 240), new(10, 10, 10, 200), new(-1e6f, -1e6f, 1e6f, 1e6f),
        })
        {
            AlphaPoseCrop crop = AlphaPoseCrop.Around(box, frame, input);
            AffineMap back = crop.FrameToInput().Inverse();
            (double x, double y) = crop.CellToFrame(20).Apply(3, 3);

            Assert.All(new[] { back.M11, back.M22, back.M13, back.M23, x, y }, number => Assert.True(double.IsFinite(number), $"{box}: {number}"));
        }
    }

    [Fact]
    public void A_thousand_poses_are_merged_whether_they_are_far_apart_or_all_the_same()
    {
        const int Count = 1000, Joints = 17;
        BoundingBox[] boxes = [.. Enumerable.Repeat(new BoundingBox(0, 0, 50, 100), Count)];
        float[] scores = [.. Enumerable.Repeat(0.5f, Count)];
        Keypoint[] apart = [.. Enumerable.Range(0, Count * Joints).Select(i => new Keypoint(100 * (i / Joints), 5 * (i % Joints), 0.9f))];
        Keypoint[] same = [.. Enumerable.Range(0, Count * Joints).Select(i => new Keypoint(0, 5 * (i % Joints), 0.9f))];
        FramePoses merged = new(Joints);
        PoseNms nms = new(new());

        nms.Run(boxes, scores, apart, merged);
        Assert.Equal((Count, Count), (nms.GroupCount, merged.Count));

        merged.Clear();
        nms.Run(boxes, scores, same, merged);
        Assert.Equal((1, 1), (nms.GroupCount, merged.Count));
        Assert.Equal(0.9f, merged.Keypoints(0)[3].Score, 1e-5f);
    }

    private static bool HasOneCell(string network) => Networks.GetValueOrDefault(network).OneCell > 0;

    // A row of YOLO-pose holds box, class and joints, or the joints of a whole picture lie in columns; of detectors box, objectness and a class.
    private static int Free(string network, OutputRole role, int place) => network switch
    {
        "sleap-bottomup" => role.Name == "line_scores" ? Rows * Rows : Rows,
        "yolo-pose raw" => place == 0 ? 56 : Rows,
        "yolo raw" => place == 0 ? 6 : Rows,
        "yolox" or "yolov3" or "yolov3 alphapose" => place == 0 ? Rows : 7,
        _ => Rows,
    };

    private static ModelDescription Complete(ModelDescription model, ModelFamily family) => model with
    {
        Limbs = family.Limbs == LimbUse.Scores ? TestModel.Chain(model.Skeleton.KeypointCount) : [],
        Decoder = family.Parameters
            .Where(parameter => model.Decoder.ContainsKey(parameter.Name) || parameter.Default is not null)
            .ToDictionary(parameter => parameter.Name, parameter => model.Decoder.GetValueOrDefault(parameter.Name) ?? parameter.Default!),
    };
}
