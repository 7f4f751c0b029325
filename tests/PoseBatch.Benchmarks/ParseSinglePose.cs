using BenchmarkDotNet.Attributes;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Benchmarks;

/// <summary>
/// What does it cost to turn the outputs of a single-pose network into a pose, against a plain loop over the cells?
/// </summary>
[MemoryDiagnoser]
public class ParseSinglePose : IDisposable
{
    private const int JointCount = 17;
    private const float Bias = 1.8f;

    private readonly FramePoses _poses = new(JointCount);
    private IPoseParser _parser = null!;
    private Outputs _outputs = null!;
    private HeatmapShape _shape;

    [Params("posenet", "movenet-heads")]
    public string Family { get; set; } = "";

    [Params(TensorLayout.Nchw, TensorLayout.Nhwc)]
    public TensorLayout Layout { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        bool isMoveNet = Family == "movenet-heads";
        int cells = isMoveNet ? 48 : 33;
        _shape = new(JointCount, cells, cells, Layout);
        string[] roles = isMoveNet ? ["heatmap", "offset", "regression", "center"] : ["heatmap", "offset"];
        int[] channels = [JointCount, 2 * JointCount, 2 * JointCount, 1];
        Random random = new(1);
        float[][] outputs = [.. roles.Select((_, i) => Noise(random, channels[i] * cells * cells))];
        for (int joint = 0; joint < JointCount; joint++)
        {
            GaussianHeatmap.Draw(outputs[0], _shape, joint, random.NextDouble() * cells, random.NextDouble() * cells, 1.5);
        }

        _outputs = new Outputs(outputs);
        ModelDescription model = Describe(Family, new(isMoveNet ? 192 : 257, isMoveNet ? 192 : 257), roles, Layout);
        _parser = PoseParsers.Create(
            model, [.. roles.Select((_, i) =>
                (int[])(Layout == TensorLayout.Nchw ? [channels[i], cells, cells] : [cells, cells, channels[i]]))]);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _outputs.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public int PlainLoop() => Family == "posenet" ? PlainPeaks() : PlainWeightedPeaks();

    [Benchmark]
    public int Parser()
    {
        _poses.Clear();
        _parser.Parse(_outputs, 0, AffineMap.Identity, _poses);
        return _poses.Count;
    }

    // The search alone, without any of the gathering: the baseline is generous to itself.
    private int PlainPeaks()
    {
        ReadOnlySpan<float> values = _outputs.Output(0, 0);
        int sum = 0;
        for (int joint = 0; joint < JointCount; joint++)
        {
            int peak = 0;
            for (int cell = 1; cell < _shape.CellCount; cell++)
            {
                peak = values[_shape[joint, cell]] > values[_shape[joint, peak]] ? cell : peak;
            }

            sum += peak;
        }

        return sum;
    }

    private int PlainWeightedPeaks()
    {
        ReadOnlySpan<float> values = _outputs.Output(0, 0);
        int sum = 0;
        for (int joint = 0; joint < JointCount; joint++)
        {
            float best = float.NegativeInfinity, towardX = 10 + joint, towardY = 30 - joint;
            int peak = 0;
            for (int row = 0; row < _shape.Height; row++)
            {
                for (int column = 0; column < _shape.Width; column++)
                {
                    float dx = column - towardX, dy = row - towardY;
                    float weighted = values[_shape[joint, row, column]] / (MathF.Sqrt((dx * dx) + (dy * dy)) + Bias);
                    if (weighted > best)
                    {
                        best = weighted;
                        peak = (row * _shape.Width) + column;
                    }
                }
            }

            sum += peak;
        }

        return sum;
    }

    private static float[] Noise(Random random, int count)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
        {
            value = random.NextSingle() * 0.1f;
        }

        return values;
    }

    internal static ModelDescription Describe(string family, PixelSize input, string[] roles, TensorLayout layout) => new()
    {
        Name = "benchmark",
        Family = family,
        Sha256 = "",
        Licence = "",
        Origin = "",
        Input = new()
        {
            Name = "image",
            Layout = layout,
            Type = TensorType.Float32,
            Size = input,
            ColourOrder = ColourOrder.Rgb,
            Resize = ResizeRule.Stretch,
            Pad = [0, 0, 0],
            Mean = [0, 0, 0],
            Std = [1, 1, 1],
        },
        Outputs = [.. roles.Select(role => new ModelOutput(role, role, layout))],
        Decoder = new Dictionary<string, object>(),
        Skeleton = Skeletons.Coco17,
    };

    internal sealed class Outputs(float[][] outputs) : IInferenceBuffers
    {
        public Span<byte> Input(int image) => [];

        public void Run(int count)
        {
        }

        public ReadOnlySpan<float> Output(int output, int image) => outputs[output];

        public void Dispose()
        {
        }
    }
}
