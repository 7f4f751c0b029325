using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using PoseBatch.Parquet;
using PoseBatch.Poses;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Benchmarks;

/// <summary>
/// What does a keypoint row cost on its way from poses to the disk? One operation is one row group: 2,570 frames of three
/// people, 131,070 keypoint rows. The compact profile is the baseline. The number of operations is fixed because each of them
/// leaves up to two megabytes on the disk until the end.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(launchCount: 1, warmupCount: 5, iterationCount: 15, invocationCount: 16)]
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls the cleanup, and wants a class that is not sealed.")]
public class TableWriterBenchmark
{
    private const int FrameCount = 2570;
    private const int People = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("posebatch-benchmark-").FullName;
    private readonly Frame[] _frames = new Frame[FrameCount];
    private readonly Dictionary<string, ParquetFileWriter> _writers = [];
    private FrameRows _rows = null!;
    private ParquetFileReader? _reader;
    private TableBlock _read = null!;

    /// <summary>Whether coordinates are rounded to 1/64 px.</summary>
    [Params(false, true)]
    public bool Rounded { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random random = new(5);
        for (int index = 0; index < FrameCount; index++)
        {
            _frames[index] = SomeFrame(index, random);
        }

        _rows = new("clip.mp4", Skeletons.Coco17, Rounded);
        BuildRows();
        Add("compact", new());
        Add("compatible", new() { Profile = TableProfile.Compatible });

        string path = Path.Combine(_folder, $"read-{Rounded}.parquet");
        using (ParquetFileWriter writer = new(path, _rows.Keypoints.Schema, new()))
        {
            writer.WriteRowGroup(_rows.Keypoints);
            writer.Finish([]);
        }

        _reader = new(path);
        _read = _reader.CreateBlock();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (ParquetFileWriter writer in _writers.Values)
        {
            writer.Dispose();
        }

        _reader?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public int BuildRows()
    {
        _rows.Keypoints.Clear();
        _rows.Persons.Clear();
        _rows.Frames.Clear();
        foreach (Frame frame in _frames)
        {
            _rows.Add(frame);
        }

        return _rows.Keypoints.RowCount;
    }

    [Benchmark(Baseline = true)]
    public void WriteCompact() => _writers["compact"].WriteRowGroup(_rows.Keypoints);

    [Benchmark]
    public void WriteCompatible() => _writers["compatible"].WriteRowGroup(_rows.Keypoints);

    [Benchmark]
    public int ReadCompact()
    {
        _reader!.Read(0, _read);
        return _read.RowCount;
    }

    private void Add(string name, ParquetWriterOptions options)
    {
        string path = Path.Combine(_folder, $"{name}-{Rounded}.parquet");
        _writers[name] = new(path, _rows.Keypoints.Schema, options);
    }

    private static Frame SomeFrame(int index, Random random)
    {
        Frame frame = new(new(PixelLayout.Rgb24, new(2, 2)), Skeletons.Coco17.KeypointCount)
        {
            Stamp = new()
            {
                Index = index,
                Pts = index * 512L,
                Seconds = index / 30.0,
                DurationSeconds = 1 / 30f,
                IsKey = index % 250 == 0,
                DisplaySize = new(1920, 1080),
            },
        };
        for (int person = 0; person < People; person++)
        {
            float centre = 400 + (person * 400) + (200 * MathF.Sin((index * 0.01f) + person));
            Span<Keypoint> joints = frame.Poses.Add(0.9f - (0.1f * person), new(centre - 100, 100, centre + 100, 900));
            for (int joint = 0; joint < joints.Length; joint++)
            {
                float noise = (random.NextSingle() * 3) - 1.5f;
                joints[joint] = new(centre + (30 * MathF.Sin(joint + (index * 0.1f))) + noise, 300 + (25 * joint) + noise, 0.8f + (noise / 15));
            }
        }

        return frame;
    }
}
