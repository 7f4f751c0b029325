using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Targets;

namespace PoseBatch.Benchmarks;

/// <summary>
/// How many times faster are the parsers than the same in NumPy, on the same numbers, in the same session? And what do a
/// thousand candidates cost? Run with <c>numpy [python3]</c>; docs/benchmarks.md has the figures.
/// </summary>
internal static class AgainstNumPy
{
    private static readonly Random Chance = new(1);
    private static readonly Dictionary<string, int[]> Shapes = [];
    private static string _folder = string.Empty;

    public static int Run(string python)
    {
        _folder = Directory.CreateTempSubdirectory("posebatch-baselines-").FullName;
        try
        {
            (string Name, double Bar, Func<double> Run)[] cases =
            [
                ("targets", 50, Targets()), ("movenet", 30, MoveNet()), ("posenet", 30, PoseNet()), ("alphapose", 8, AlphaPose()),
                ("nms6", 50, Nms("nms6", 6)), ("nms20", 50, Nms("nms20", 20)), ("yolo", 50, Yolo()),
            ];
            File.WriteAllText(Path.Combine(_folder, "shapes.json"), JsonSerializer.Serialize(Shapes));
            JsonElement baselines = Baselines(python);
            Console.WriteLine("| case | NumPy ms (min) | PoseBatch ms (min) | ratio | wanted | bytes a call | same answer |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            foreach ((string name, double bar, Func<double> run) in cases)
            {
                JsonElement baseline = baselines.GetProperty(name);
                double slow = baseline.GetProperty("ms_min").GetDouble(), expected = baseline.GetProperty("check").GetDouble();
                (double fast, long bytes, double found) = Measure(run);
                bool same = Math.Abs(found - expected) <= 1e-4 * Math.Max(1, Math.Abs(expected));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {slow:F3} | {fast:F4} | {slow / fast:F0} | {bar:F0} | {bytes} | {(same ? "yes" : $"NO: {found} instead of {expected}")} |"));
            }

            Console.WriteLine();
            Console.WriteLine("| 1,000 candidates | ms (min) |");
            Console.WriteLine("|---|---|");
            foreach ((string name, Func<double> run) in Thousand())
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {Measure(run).Milliseconds:F2} |"));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static (double Milliseconds, long Bytes, double Result) Measure(Func<double> run)
    {
        double result = 0, best = double.MaxValue;
        long bytes = long.MaxValue, end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 2);
        for (int i = 0; i < 50 || Stopwatch.GetTimestamp() < end; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), since = Stopwatch.GetTimestamp();
            result = run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            bytes = Math.Min(bytes, GC.GetAllocatedBytesForCurrentThread() - before);
            if (i >= 20 && best > 200)
            {
                break;
            }
        }

        return (best, bytes, result);
    }

    private static JsonElement Baselines(string python)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "baselines", "baselines.py");
        using Process process = Process.Start(new ProcessStartInfo(python, [script, _folder, "2"]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException("The baselines did not run.");
    }

    private static Func<double> Targets()
    {
        float[] places = Save("targets", "joints", Uniform(3 * 17 * 2, 20, 340), 3, 17, 2);
        (double, double)[] joints = [.. Enumerable.Range(0, 3 * 18).Select(i => i % 18 == 17
            ? (double.NaN, double.NaN)
            : ((double)places[2 * ((i / 18 * 17) + (i % 18))], (double)places[(2 * ((i / 18 * 17) + (i % 18))) + 1]))];
        TargetGrid rows = new(368, 46, TargetReduction.Linear), columns = new(432, 54, TargetReduction.Linear);
        GaussianTargets targets = new(18, rows, columns, new());
        float[] maps = new float[18 * 46 * 54];
        return () =>
        {
            targets.Draw(joints, maps);
            return Sum(maps);
        };
    }

    private static Func<double> MoveNet()
    {
        float[] heatmap = Blobs(17, 48, 48, 1), center = Blobs(1, 48, 48, 1);
        Save("movenet", "heatmap", heatmap, 17, 48, 48);
        Save("movenet", "center", center, 1, 48, 48);
        float[] regression = Save("movenet", "regression", Uniform(34 * 48 * 48, -15, 15), 34, 48, 48);
        float[] offset = Save("movenet", "offset", Uniform(34 * 48 * 48, -1, 1), 34, 48, 48);
        return Parsed(
            ParseSinglePose.Describe("movenet-heads", new(192, 192), ["heatmap", "center", "regression", "offset"], TensorLayout.Nchw) with
            {
                Decoder = new Dictionary<string, object> { ["channel_order"] = "yx" },
            },
            [[17, 48, 48], [1, 48, 48], [34, 48, 48], [34, 48, 48]], heatmap, center, regression, offset);
    }

    private static Func<double> PoseNet()
    {
        float[] heatmap = Blobs(17, 33, 33, 5);
        for (int i = 0; i < heatmap.Length; i++)
        {
            heatmap[i] = (12 * heatmap[i]) - 8;
        }

        Save("posenet", "heatmap", heatmap, 17, 33, 33);
        float[] offset = Save("posenet", "offset", Uniform(34 * 33 * 33, -8, 8), 34, 33, 33);
        float[] forward = Save("posenet", "forward", Uniform(32 * 33 * 33, -60, 60), 32, 33, 33);
        float[] backward = Save("posenet", "backward", Uniform(32 * 33 * 33, -60, 60), 32, 33, 33);
        return Parsed(
            ParseSinglePose.Describe("posenet", new(513, 513), ["heatmap", "offset", "displacement_fwd", "displacement_bwd"], TensorLayout.Nchw) with
            {
                Decoder = new Dictionary<string, object> { ["mode"] = "multi", ["stride"] = 16.0 },
            },
            [[17, 33, 33], [34, 33, 33], [32, 33, 33], [32, 33, 33]], heatmap, offset, forward, backward);
    }

    private static Func<double> AlphaPose()
    {
        HeatmapShape shape = new(17, 80, 64, TensorLayout.Nchw);
        float[] maps = Save("alphapose", "maps", Blobs(6 * 17, 80, 64, 1), 6, 17, 80, 64);
        float[] sides = [.. Enumerable.Range(0, 6).SelectMany(i => new[] { 50f * i, 20, (50f * i) + 120, 300 })];
        Save("alphapose", "boxes", sides, 6, 4);
        AlphaPoseCrop[] crops = [.. sides.Chunk(4).Select(box => new AlphaPoseCrop(new(box[0], box[1], box[2], box[3]), new(256, 320)))];
        Keypoint[] keypoints = new Keypoint[17];
        return () =>
        {
            double sum = 0;
            for (int person = 0; person < crops.Length; person++)
            {
                AlphaPoseHeatmap.Parse(maps.AsSpan(person * shape.Count, shape.Count), shape, crops[person], keypoints);
                foreach (Keypoint keypoint in keypoints)
                {
                    sum += (double)keypoint.X + keypoint.Y;
                }
            }

            return sum;
        };
    }

    private static Func<double> Nms(string name, int count)
    {
        // Every third pose is near the one before, as doubles of a detector are.
        float[] places = Uniform(count * 17 * 2, 0, 300);
        for (int i = 2; i < count; i += 3)
        {
            for (int k = 0; k < 34; k++)
            {
                places[(i * 34) + k] = places[((i - 1) * 34) + k] + (float)Chance.NextDouble();
            }
        }

        float[] scores = Uniform(count * 17, 0.2, 1), boxScores = Uniform(count, 0.3, 1);
        float[] sides = [.. Enumerable.Range(0, count).SelectMany(i => new[] { 0f, 0, 120, 300 })];
        Save(name, "places", places, count, 17, 2);
        Save(name, "scores", scores, count, 17);
        Save(name, "box_scores", boxScores, count);
        Save(name, "boxes", sides, count, 4);
        Keypoint[] poses = [.. scores.Select((score, i) => new Keypoint(places[2 * i], places[(2 * i) + 1], score))];
        return Merging(poses, [.. sides.Chunk(4).Select(box => new BoundingBox(box[0], box[1], box[2], box[3]))], boxScores);
    }

    private static Func<double> Merging(Keypoint[] poses, BoundingBox[] boxes, float[] boxScores)
    {
        FramePoses merged = new(17, boxes.Length);
        PoseNms nms = new(new());
        return () =>
        {
            merged.Clear();
            nms.Run(boxes, boxScores, poses, merged);
            double sum = 0;
            for (int person = 0; person < merged.Count; person++)
            {
                sum += merged.Score(person);
                foreach (Keypoint keypoint in merged.Keypoints(person))
                {
                    sum += (double)keypoint.X + keypoint.Y;
                }
            }

            return sum;
        };
    }

    private static Func<double> Yolo()
    {
        float[] output = Uniform(56 * 8400, 0, 600);
        output.AsSpan(4 * 8400, 8400).Clear();
        for (int person = 0; person < 5; person++)
        {
            for (int copy = 0; copy < 6; copy++)
            {
                int box = Chance.Next(8400);
                (output[box], output[8400 + box], output[16800 + box], output[25200 + box]) = ((100 * person) + copy, 200 + copy, 80, 300);
                output[33600 + box] = 0.3f + (float)(0.6 * Chance.NextDouble());
            }
        }

        Save("yolo", "output", output, 56, 8400);
        return Parsed(ParseSinglePose.Describe("yolo-pose", new(640, 640), ["output"], TensorLayout.Plain), [[56, 8400]], output);
    }

    private static IEnumerable<(string Name, Func<double> Run)> Thousand()
    {
        const int Count = 1000;
        BoundingBox[] boxes = [.. Enumerable.Repeat(new BoundingBox(0, 0, 120, 300), Count)];
        float[] scores = Uniform(Count, 0.3, 1);
        Keypoint[] Spread(double size) => [.. Enumerable.Range(0, Count * 17).Select(_ => new Keypoint((float)(Chance.NextDouble() * size), (float)(Chance.NextDouble() * size), 0.8f))];
        yield return ("pose NMS, poses apart", Merging(Spread(2000), boxes, scores));
        yield return ("pose NMS, all joints within 12 pixels", Merging(Spread(12), boxes, scores));
        List<Detection> apart = [], kept = [];
        for (int i = 0; i < Count; i++)
        {
            apart.Add(new(new(100 * i, 0, (100 * i) + 50, 100), scores[i], 0, 1, i));
        }

        yield return ("box NMS, no two overlap", () =>
        {
            NonMaximumSuppression.Run(apart, new(0.5, 0, false, true), kept);
            return kept.Count;
        }
        );

        float[] yolo = Uniform(56 * 8400, 0, 600);
        yolo.AsSpan(4 * 8400, 8400).Clear();
        for (int i = 0; i < Count; i++)
        {
            (yolo[i], yolo[8400 + i], yolo[16800 + i], yolo[25200 + i], yolo[33600 + i]) = (20 * (i % 32), 20 * (i / 32), 10, 10, scores[i]);
        }

        yield return ("yolo-pose, 1,000 people", Parsed(
            ParseSinglePose.Describe("yolo-pose", new(640, 640), ["output"], TensorLayout.Plain) with { Decoder = new Dictionary<string, object> { ["max_detections"] = 1000.0 } },
            [[56, 8400]], yolo));

        float[] roots = [.. Enumerable.Range(0, 17 * 33 * 33).Select(i => i % 18 == 0 ? 4f : -8)];
        yield return ("posenet multi, 1,028 roots, 5 people", Multi(roots, 5));
        yield return ("posenet multi, 1,028 roots, 1,000 people", Multi(roots, 1000));
        yield return ("posenet multi, flat maps (18,513 roots)", Multi([.. Enumerable.Repeat(3f, 17 * 33 * 33)], 5));

        // 55 peaks in each of 18 parts.
        foreach (string family in new[] { "openpose-paf", "tfpose-paf" })
        {
            float[] parts = new float[19 * 46 * 54], fields = Uniform(38 * 46 * 54, 0.4, 0.9);
            for (int part = 0; part < 18; part++)
            {
                for (int peak = 0; peak < 55; peak++)
                {
                    parts[(part * 46 * 54) + ((4 + (4 * (peak / 11))) * 54) + 4 + (4 * (peak % 11))] = 0.9f;
                }
            }

            yield return ($"{family}, 990 peaks", Parsed(
                ParseSinglePose.Describe(family, new(432, 368), ["heatmap", "paf"], TensorLayout.Nchw) with { Skeleton = Skeletons.OpenPose18, Decoder = new Dictionary<string, object> { ["upsample"] = 1.0 } },
                [[19, 46, 54], [38, 46, 54]], parts, fields));
            yield return ($"{family}, flat maps", Parsed(
                ParseSinglePose.Describe(family, new(432, 368), ["heatmap", "paf"], TensorLayout.Nchw) with { Skeleton = Skeletons.OpenPose18, Decoder = new Dictionary<string, object> { ["upsample"] = 1.0 } },
                [[19, 46, 54], [38, 46, 54]], [.. Enumerable.Repeat(0.5f, parts.Length)], fields));
        }

        float[] centers = [.. Enumerable.Range(0, 128 * 128).Select(i => i % 2 == 0 && (i / 128) % 2 == 0 ? 0.5f + (0.4f * (float)Chance.NextDouble()) : 0)];
        yield return ("centernet-pose, top_k 1,000", Parsed(
            ParseSinglePose.Describe("centernet-pose", new(512, 512), ["hm", "wh", "hps", "hm_hp"], TensorLayout.Nchw) with { Decoder = new Dictionary<string, object> { ["top_k"] = 1000.0 } },
            [[1, 128, 128], [2, 128, 128], [34, 128, 128], [17, 128, 128]],
            centers, Uniform(2 * 128 * 128, 5, 30), Uniform(34 * 128 * 128, -20, 20), [.. Enumerable.Range(0, 17).SelectMany(_ => centers)]));
    }

    private static Func<double> Multi(float[] heatmap, int most) => Parsed(
        ParseSinglePose.Describe("posenet", new(513, 513), ["heatmap", "offset", "displacement_fwd", "displacement_bwd"], TensorLayout.Nchw) with
        {
            Decoder = new Dictionary<string, object> { ["mode"] = "multi", ["stride"] = 16.0, ["max_detections"] = (double)most, ["nms_radius"] = 1.0 },
        },
        [[17, 33, 33], [34, 33, 33], [32, 33, 33], [32, 33, 33]],
        heatmap, Uniform(34 * 33 * 33, -8, 8), Uniform(32 * 33 * 33, -60, 60), Uniform(32 * 33 * 33, -60, 60));

    private static Func<double> Parsed(ModelDescription model, int[][] shapes, params float[][] maps)
    {
        FramePoses poses = new(model.Skeleton.KeypointCount, 1024);
        ParseSinglePose.Outputs outputs = new(maps);
        IPoseParser parser = PoseParsers.Create(model, shapes);
        return () =>
        {
            poses.Clear();
            parser.Parse(outputs, 0, AffineMap.Identity, poses);
            double sum = 0;
            for (int person = 0; person < poses.Count; person++)
            {
                foreach (Keypoint keypoint in poses.Keypoints(person))
                {
                    sum += (double)keypoint.X + keypoint.Y;
                }
            }

            return sum;
        };
    }

    private static float[] Blobs(int planes, int height, int width, int people)
    {
        HeatmapShape shape = new(planes, height, width, TensorLayout.Nchw);
        float[] maps = Uniform(planes * height * width, 0, 0.04);
        for (int plane = 0; plane < planes; plane++)
        {
            for (int person = 0; person < people; person++)
            {
                GaussianHeatmap.Draw(
                    maps, shape, plane, 3 + (Chance.NextDouble() * (width - 6)), 3 + (Chance.NextDouble() * (height - 6)), 1.5, 0.6 + (0.4 * Chance.NextDouble()));
            }
        }

        return maps;
    }

    private static float[] Uniform(int count, double from, double to) => [.. Enumerable.Range(0, count).Select(_ => (float)(from + ((to - from) * Chance.NextDouble())))];

    private static float[] Save(string name, string input, float[] values, params int[] shape)
    {
        File.WriteAllBytes(Path.Combine(_folder, $"{name}.{input}.f32"), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        Shapes[$"{name}.{input}"] = shape;
        return values;
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        return sum;
    }
}
