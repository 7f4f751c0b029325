using BenchmarkDotNet.Attributes;
using PoseBatch.Families;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Benchmarks;

/// <summary>What does it cost to read six people's heatmaps, against a plain search of the peaks?</summary>
[MemoryDiagnoser]
public class ParseTopDown
{
    private const int PersonCount = 6;
    private static readonly HeatmapShape Shape = new(17, 80, 64, TensorLayout.Nchw);
    private readonly float[] _maps = new float[PersonCount * Shape.Count];
    private readonly Keypoint[] _keypoints = new Keypoint[Shape.Channels];
    private TopDownHeatmapOptions _options = new();

    [Params("Quarter", "Dark", "UdpDark")]
    public string Refinement { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        Random random = new(1);
        _options = new() { Refinement = Enum.Parse<PeakRefinement>(Refinement) };
        for (int person = 0; person < PersonCount; person++)
        {
            for (int joint = 0; joint < Shape.Channels; joint++)
            {
                GaussianHeatmap.Draw(
                    _maps.AsSpan(person * Shape.Count, Shape.Count), Shape, joint, random.NextDouble() * 63,
                    random.NextDouble() * 79, 2);
            }
        }
    }

    [Benchmark(Baseline = true)]
    public int PlainPeaks()
    {
        int sum = 0;
        for (int start = 0; start < _maps.Length; start += Shape.CellCount)
        {
            int peak = start;
            for (int cell = start + 1; cell < start + Shape.CellCount; cell++)
            {
                peak = _maps[cell] > _maps[peak] ? cell : peak;
            }

            sum += peak;
        }

        return sum;
    }

    [Benchmark]
    public float Parser()
    {
        float sum = 0;
        for (int person = 0; person < PersonCount; person++)
        {
            TopDownHeatmap.Parse(_maps.AsSpan(person * Shape.Count, Shape.Count), Shape, _options, 256, 320, _keypoints);
            sum += _keypoints[0].X;
        }

        return sum;
    }
}
