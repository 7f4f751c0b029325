using BenchmarkDotNet.Attributes;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Benchmarks;

/// <summary>
/// What does it cost to find several people in a frame, against a plain loop that only looks for values above the threshold?
/// </summary>
[MemoryDiagnoser]
public class ParseCrowd : IDisposable
{
    private FramePoses _poses = null!;
    private IPoseParser _parser = null!;
    private ParseSinglePose.Outputs _outputs = null!;
    private float _threshold;

    [Params("posenet", "yolo-pose", "openpose-paf", "centernet-pose")]
    public string Family { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        (PixelSize input, int jointCount, string[] roles, int[][] shapes) = Family switch
        {
            "posenet" => (
                new PixelSize(513, 513), 17, new[] { "heatmap", "offset", "displacement_fwd", "displacement_bwd" },
                new int[][] { [17, 33, 33], [34, 33, 33], [32, 33, 33], [32, 33, 33] }),
            "yolo-pose" => (new PixelSize(640, 640), 17, ["output"], [[56, 8400]]),
            "openpose-paf" => (new PixelSize(432, 368), 18, ["heatmap", "paf"], [[19, 46, 54], [38, 46, 54]]),
            _ => (new PixelSize(512, 512), 17, ["hm", "wh", "hps", "hm_hp"], [[1, 128, 128], [2, 128, 128], [34, 128, 128],
                [17, 128, 128]]),
        };
        Random random = new(1);
        float[][] maps = [.. shapes.Select(shape => new float[shape.Aggregate(1, (product, side) => product * side)])];
        foreach (float[] map in maps)
        {
            foreach (ref float value in map.AsSpan())
            {
                value = random.NextSingle() * 0.04f;
            }
        }

        Draw(random, maps, shapes);
        _threshold = Family == "posenet" ? 0 : 0.25f;
        _poses = new FramePoses(jointCount, capacity: 64);
        _outputs = new(maps);
        ModelDescription model = ParseSinglePose.Describe(Family, input, roles, TensorLayout.Nchw) with
        {
            Skeleton = jointCount == 17 ? Skeletons.Coco17 : Skeletons.OpenPose18,
            Decoder = Family == "posenet" ? new Dictionary<string, object> { ["mode"] = "multi" } : [],
        };
        _parser = PoseParsers.Create(model, shapes);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _outputs.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public int PlainScan()
    {
        ReadOnlySpan<float> values = _outputs.Output(0, 0);
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > _threshold)
            {
                count++;
            }
        }

        return count;
    }

    [Benchmark]
    public int Parser()
    {
        _poses.Clear();
        _parser.Parse(_outputs, 0, AffineMap.Identity, _poses);
        return _poses.Count;
    }

    // Five people: blobs in every heat map, or five boxes.
    private void Draw(Random random, float[][] maps, int[][] shapes)
    {
        for (int person = 0; person < 5; person++)
        {
            if (Family == "yolo-pose")
            {
                int box = random.Next(8400);
                (maps[0][box], maps[0][8400 + box], maps[0][16800 + box], maps[0][25200 + box]) = (100 * person, 200, 80, 300);
                maps[0][33600 + box] = 0.5f + (0.1f * person);
                continue;
            }

            foreach (int heat in Family == "centernet-pose" ? new[] { 0, 3 } : [0])
            {
                HeatmapShape shape = new(shapes[heat][0], shapes[heat][1], shapes[heat][2], TensorLayout.Nchw);
                for (int channel = 0; channel < shape.Channels; channel++)
                {
                    GaussianHeatmap.Draw(maps[heat], shape, channel, random.NextDouble() * shape.Width,
                        random.NextDouble() * shape.Height, 1.5);
                }
            }
        }

        if (Family == "posenet")
        {
            foreach (ref float logit in maps[0].AsSpan())
            {
                logit = (12 * logit) - 8;
            }
        }
    }
}
