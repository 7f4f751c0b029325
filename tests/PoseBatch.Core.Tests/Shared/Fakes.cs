using System.Collections.Concurrent;
using PoseBatch.Estimators;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Shared;

/// <summary>Builders of valid values; a test changes only what it is about.</summary>
internal static class Some
{
    public static readonly FrameFormat Format = new(PixelLayout.Rgb24, new PixelSize(2, 2));

    public static readonly FramePlacement Placement = new(Format, default, new Rational(1, 1));

    public static VideoInfo Video(string path = "clip.mp4") => new()
    {
        Path = path,
        SizeBytes = 1000,
        ModifiedUtc = DateTimeOffset.UnixEpoch,
        Container = "mov",
        Codec = "h264",
        PixelFormat = "yuv420p",
        StreamIndex = 0,
        DisplaySize = new PixelSize(640, 480),
        RotationApplied = 0,
        MirrorApplied = false,
        SampleAspectRatio = new Rational(1, 1),
        TimeBase = new Rational(1, 1000),
        NominalFps = new Rational(10, 1),
    };

    public static ModelDescription Model() => new()
    {
        Name = "fake",
        Family = "fake",
        Sha256 = new string('0', 64),
        Licence = "Apache-2.0",
        Origin = "test",
        Input = new ModelInput
        {
            Name = "image",
            Layout = TensorLayout.Nchw,
            Type = TensorType.Float32,
            Size = new PixelSize(2, 2),
            ColourOrder = ColourOrder.Rgb,
            Resize = ResizeRule.Stretch,
            Pad = [0, 0, 0],
            Mean = [0, 0, 0],
            Std = [1, 1, 1],
        },
        Outputs = [],
        Decoder = new Dictionary<string, object> { ["distance_bias"] = 5.0 },
        Skeleton = new Skeleton("one", ["nose"], [], []),
    };

    public static FrameStamp Stamp(long index, FrameStatus status = FrameStatus.Ok) => new()
    {
        Index = index,
        Pts = index * 100,
        Seconds = index / 10d,
        Status = status,
        DisplaySize = new PixelSize(640, 480),
    };
}

/// <summary>A decoder of made-up frames: the first byte of the pixels is the frame's index modulo 256.</summary>
internal sealed class FakeDecoder : IVideoDecoder
{
    public required Func<IEnumerable<FrameStamp>> Frames { get; init; }

    /// <summary>Thrown when the frames are used up.</summary>
    public Exception? FailsAtEnd { get; init; }

    public int OpenReaders;

    public string Version => "fake 1";

    public Task<VideoInfo> ProbeAsync(string path, int? streamIndex, CancellationToken cancellation) =>
        path.Contains("missing", StringComparison.Ordinal)
            ? Task.FromException<VideoInfo>(new PoseBatchException(ReasonCode.SourceMissing, $"{path} does not exist.", "Check the path."))
            : Task.FromResult(Some.Video(path) with { Mark = Mark() });

    /// <summary>The mark of the source at each look.</summary>
    public Func<SourceMark> Mark { get; init; } = () => default;

    public SourceMark MarkOf(string path) => Mark();

    public IVideoReader Open(VideoInfo video, FrameFormat format, CancellationToken cancellation)
    {
        Interlocked.Increment(ref OpenReaders);
        return new Reader(this, cancellation);
    }

    private sealed class Reader(FakeDecoder owner, CancellationToken cancellation) : IVideoReader
    {
        private readonly IEnumerator<FrameStamp> _frames = owner.Frames().GetEnumerator();
        private long _decoded;

        public DecodeReport Report => new() { DecodedFrames = _decoded };

        public long FramesPassed => 0;

        public void EnsureSourceUnchanged()
        {
        }

        public bool TryRead(Span<byte> pixels, out FrameStamp stamp)
        {
            cancellation.ThrowIfCancellationRequested();
            stamp = default;
            if (!_frames.MoveNext())
            {
                return owner.FailsAtEnd is null ? false : throw owner.FailsAtEnd;
            }

            stamp = _frames.Current;
            if (stamp.Status != FrameStatus.Undecodable)
            {
                pixels[0] = (byte)stamp.Index;
                _decoded++;
            }

            return true;
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref owner.OpenReaders);
            return default;
        }
    }
}

/// <summary>Finds one person in every frame, at x = first pixel byte. Can be told to fail, and notes its batches.</summary>
internal sealed class FakeEstimator(int maxBatch) : IPoseEstimator
{
    public ConcurrentBag<int> BatchSizes { get; } = [];

    public Func<Frame, Exception?> Fails { get; init; } = _ => null;

    /// <summary>Called before a batch is estimated; a test can hold a worker here.</summary>
    public Action<int> Before { get; init; } = _ => { };

    public int LiveWorkers;

    /// <summary>Whether frames go one by one, each told where to look.</summary>
    public bool NeedsRegion { get; init; }

    public ModelDescription Description { get; init; } = Some.Model();

    public ProviderReport Provider { get; } = new("cpu", "fake 1", [], "fake");

    public int MaxBatch => maxBatch;

    public FramePlacement PlacementFor(VideoInfo video) => Some.Placement;

    public IEstimatorLane CreateLane()
    {
        Interlocked.Increment(ref LiveWorkers);
        return new Worker(this);
    }

    public void Dispose()
    {
    }

    private sealed class Worker(FakeEstimator owner) : IEstimatorLane
    {
        public void Estimate(ReadOnlySpan<Frame> frames)
        {
            owner.Before(frames.Length);
            owner.BatchSizes.Add(frames.Length);
            foreach (Frame frame in frames)
            {
                if (owner.Fails(frame) is { } failure)
                {
                    throw failure;
                }

                frame.Poses.Add(0.9f, BoundingBox.None)[0] = new Keypoint(frame.Pixels[0], 0, 0.9f);
            }
        }

        public void Dispose() => Interlocked.Decrement(ref owner.LiveWorkers);
    }
}

/// <summary>Keeps rows in memory: one entry per source frame, with the x of the person found or null.</summary>
internal sealed class FakeStore : IResultStore
{
    public List<(long Index, FrameStatus Status, float? X)> Rows { get; } = [];

    public List<TrackSummary> Tracks { get; } = [];

    /// <summary>Rows before each cut, and the state there.</summary>
    public List<(int Rows, byte[] State)> Segments { get; } = [];

    public long CommittedFrames { get; init; }

    public byte[] CommittedState { get; init; } = [];

    public Func<long, Exception?> FailsAt { get; init; } = _ => null;

    public bool Completed { get; private set; }

    public int Disposed { get; private set; }

    public ResultRequest? Request { get; private set; }

    public IResultWriter Begin(ResultRequest request)
    {
        Request = request;
        return new Writer(this);
    }

    public IResultWriter BeginSegmented(ResultRequest request, ICommitFence guard) => Begin(request);

    public void EnsureWritable(string outputRoot)
    {
    }

    public void Forget(ResultRequest request)
    {
    }

    private sealed class Writer(FakeStore owner) : IResultWriter
    {
        public string Path => "memory";

        public void Write(Frame frame)
        {
            Fail(frame.Stamp.Index);
            owner.Rows.Add((frame.Stamp.Index, frame.Stamp.Status, frame.Poses.Count > 0 ? frame.Poses.Keypoints(0)[0].X : null));
        }

        public void WriteLedgerOnly(in FrameStamp stamp)
        {
            Fail(stamp.Index);
            owner.Rows.Add((stamp.Index, stamp.Status, null));
        }

        public void WriteTrack(in TrackSummary track) => owner.Tracks.Add(track);

        public long CommittedFrames => owner.CommittedFrames;

        public ReadOnlyMemory<byte> CommittedState => owner.CommittedState;

        public Task CommitSegmentAsync(ReadOnlyMemory<byte> state)
        {
            owner.Segments.Add((owner.Rows.Count, state.ToArray()));
            return Task.CompletedTask;
        }

        public Task<ResultCounts> CompleteAsync(ResultFacts facts)
        {
            Fail(owner.Rows.Count);
            owner.Completed = true;
            long Count(params FrameStatus[] statuses) => owner.Rows.Count(row => statuses.Contains(row.Status));
            long inferred = Count(FrameStatus.Ok, FrameStatus.Corrupt);
            return Task.FromResult<ResultCounts>(new(owner.Rows.Count, inferred, Count(FrameStatus.Skipped), Count(FrameStatus.Undecodable), Count(FrameStatus.Corrupt), inferred, inferred));
        }

        public void Dispose() => owner.Disposed++;

        private void Fail(long index)
        {
            if (owner.FailsAt(index) is { } failure)
            {
                throw failure;
            }
        }
    }
}
