using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Tables;
using PoseBatch.Tracking;
using PoseBatch.Video;

namespace PoseBatch.Results;

/// <summary>Builds requests, frames and whole results for the tests of the tables.</summary>
internal static class SomeResult
{
    public static readonly ResultFacts Facts = new()
    {
        Decode = new() { DecodedFrames = 3, WarningLines = 1, Messages = ["a warning"], Command = ["ffmpeg", "-i", "clip.mp4"] },
        Started = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Finished = new(2026, 1, 2, 3, 4, 7, TimeSpan.Zero),
        Performance = [new("frames_per_second", 30.5), new("workers", 2L), new("limited_by", "decode"), new("gpu", null), new("warm", true)],
        Warnings = ["The file ends early."],
    };

    public static ResultRequest Request(string outputRoot, string videoPath = "/videos/clip.mp4") => new()
    {
        OutputRoot = outputRoot,
        SourceId = Path.GetFileName(videoPath),
        Video = new()
        {
            Path = videoPath,
            SizeBytes = 123,
            ModifiedUtc = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Container = "mov,mp4",
            Codec = "h264",
            PixelFormat = "yuv420p",
            StreamIndex = 0,
            DisplaySize = new(640, 480),
            RotationApplied = 0,
            MirrorApplied = false,
            SampleAspectRatio = new(1, 1),
            TimeBase = new(1, 15360),
            NominalFps = new(30, 1),
            DurationSeconds = 2.5,
        },
        Identity = new("fast-sha256", new string('1', 64)),
        Model = new()
        {
            Name = "some-model",
            Family = "single-pose",
            Sha256 = new string('a', 64),
            Licence = "none stated",
            Origin = "a test",
            Input = new()
            {
                Name = "image",
                Layout = TensorLayout.Nchw,
                Type = TensorType.Float32,
                Size = new(192, 192),
                ColourOrder = ColourOrder.Rgb,
                Resize = ResizeRule.Letterbox,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            },
            Outputs = [],
            Decoder = new Dictionary<string, object> { ["stride"] = 4L, ["name"] = "x" },
            Skeleton = Skeletons.Coco17,
        },
        Provider = new("cpu", "ONNX Runtime 1.29.0", [new("cuda", "no device")], "some processor"),
        DecoderVersion = "ffmpeg 5.1.9",
        Settings = [new("stride", 1L), new("min_person_score", 0.25), new("smoothing", null), new("mirror", false), new("precision", "fp32")],
        Tables = new(),
        Overwrite = OverwriteRule.Never,
    };

    /// <summary>A request for tracks and raw positions, to be filled with <see cref="Sequence"/>.</summary>
    public static ResultRequest TrackedRequest(string outputRoot) => Request(outputRoot) with { HasTracks = true, HasRawPositions = true };

    /// <summary>Follows and smooths the people of a tracked result.</summary>
    public static TrackingStage Sequence() =>
        new(new() { Tracking = new() { MaxGapSeconds = 0.2 }, Smoothing = SmoothingMethod.OneEuro }, Skeletons.Coco17);

    /// <summary>Writes a seeded result with skipped, corrupt, undecodable, empty and crowded frames.</summary>
    public static ResultCounts Fill(IResultWriter writer, int frameCount, int seed = 1, TrackingStage? sequence = null)
    {
        Random random = new(seed);
        Frame frame = new(new(PixelLayout.Rgb24, new PixelSize(4, 4)), Skeletons.Coco17.KeypointCount);
        for (int index = 0; index < frameCount; index++)
        {
            WriteOne(writer, frame, index, random, sequence);
        }

        WriteTracks(writer, sequence is null ? [] : sequence.End());
        return Complete(writer, Facts);
    }

    /// <summary>Completes a result that is made in one go: there is nobody to wait for.</summary>
    public static ResultCounts Complete(IResultWriter writer, ResultFacts facts)
    {
        Task<ResultCounts> completing = writer.CompleteAsync(facts);
        return completing.IsCompleted ? completing.GetAwaiter().GetResult() : throw new InvalidOperationException("It waits for somebody.");
    }

    public static void WriteOne(IResultWriter writer, Frame frame, int index, Random random, TrackingStage? sequence = null)
    {
        FrameStatus status = index == 0 ? FrameStatus.Ok : random.Next(20) switch
        {
            0 => FrameStatus.Undecodable,
            1 or 2 => FrameStatus.Skipped,
            3 => FrameStatus.Corrupt,
            _ => FrameStatus.Ok,
        };
        FrameStamp stamp = new()
        {
            Index = index,
            Pts = status == FrameStatus.Undecodable ? null : index * 512L,
            Seconds = index / 30.0,
            DurationSeconds = status == FrameStatus.Undecodable ? null : 1 / 30f,
            IsKey = random.Next(3) == 0 ? null : index % 12 == 0,
            Status = status,
            TimeSource = status == FrameStatus.Undecodable ? TimeSource.Estimated : TimeSource.Pts,
            DisplaySize = status == FrameStatus.Undecodable ? default : new(640, 480),
        };
        if (status is FrameStatus.Skipped or FrameStatus.Undecodable)
        {
            writer.WriteLedgerOnly(stamp);
            return;
        }

        frame.Stamp = stamp;
        frame.Poses.Clear();
        int people = random.Next(4);
        for (int person = 0; person < people; person++)
        {
            BoundingBox box = random.Next(5) == 0 ? BoundingBox.None : new(random.NextSingle() * 100, 0, 300, 400);
            foreach (ref Keypoint joint in frame.Poses.Add(1 - (0.1f * person), box))
            {
                joint = random.Next(6) == 0
                    ? Keypoint.NotFound with { Score = random.NextSingle() / 4 }
                    : new((random.NextSingle() * 700) - 30, random.NextSingle() * 480, random.NextSingle());
            }
        }

        ReadOnlySpan<TrackSummary> ended = sequence is null ? [] : sequence.Follow(frame.Poses, stamp);
        writer.Write(frame);
        WriteTracks(writer, ended);
    }

    private static void WriteTracks(IResultWriter writer, ReadOnlySpan<TrackSummary> tracks)
    {
        foreach (TrackSummary track in tracks)
        {
            writer.WriteTrack(track);
        }
    }
}
