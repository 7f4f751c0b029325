using System.Text.Json;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Reports;

/// <summary>What a report says of the rows: gathered in one pass, in memory that does not grow with the length of the video.</summary>
internal sealed class ResultStatistics
{
    private const int MostParts = 400;

    /// <summary>Bodies whose way is kept: the longest tracks.</summary>
    public const int BodyCount = 12;

    private const int RunCount = 12;

    private readonly Dictionary<int, BodyPath> _byTrack = [];
    private readonly long _frameCount;
    private double _scores;
    private ResultFrame? _before;

    private ResultStatistics(PoseResult result, double end, ResultTracks tracks)
    {
        EndSeconds = end;
        _frameCount = long.Max(1, result.Counts.SourceFrames);

        // By number of frame, not by time: frames that come a little early or late would leave a part of the time empty. And no part is
        // shorter than the stride, or those between two inferred frames would be.
        int joints = result.Skeleton.KeypointCount, parts = (int)long.Clamp(_frameCount / StrideOf(result), 1, MostParts);
        Parts = new PartFacts[parts];
        (Tracks, StrayPoses) = (tracks.All, tracks.All.Count > 0 ? tracks.StrayCount : 0);
        Joints = [.. result.Skeleton.Keypoints.Select(name => new JointFacts(name))];
        Bodies = Tracks.Count > 0
            ? [.. Tracks.OrderByDescending(track => track.FrameCount).ThenBy(track => track.TrackId).Take(BodyCount).Select(track => new BodyPath(track.TrackId, joints, parts))]
            : [new BodyPath(null, joints, parts)];
        foreach (BodyPath body in Bodies)
        {
            if (body.TrackId is { } id)
            {
                _byTrack[id] = body;
            }
        }
    }

    /// <summary>Seconds from the first frame to the end of the last.</summary>
    public double EndSeconds { get; }

    /// <summary>All tracks, rising by id; empty without tracking.</summary>
    public IReadOnlyList<TrackFacts> Tracks { get; }

    /// <summary>The way of the longest tracks, longest first; without tracks of the best person of each frame.</summary>
    public IReadOnlyList<BodyPath> Bodies { get; }

    /// <summary>Per joint of the skeleton.</summary>
    public IReadOnlyList<JointFacts> Joints { get; }

    /// <summary>Per part of the video, each of equally many frames: one per frame that was to be inferred, 400 at most.</summary>
    public PartFacts[] Parts { get; }

    /// <summary>Parts in which somebody could have been found or a frame was lost; in the others nobody looked.</summary>
    public IEnumerable<int> SeenParts => Enumerable.Range(0, Parts.Length).Where(part => Parts[part].Inferred > 0 || Parts[part].Undecodable > 0);

    /// <summary>Inferred frames with somebody in them.</summary>
    public long PeopledFrames { get; private set; }

    /// <summary>Most people in one frame.</summary>
    public int MostPeople { get; private set; }

    /// <summary>Poses without a track, where there are tracks.</summary>
    public long StrayPoses { get; }

    /// <summary>Mean score of all poses; null without any.</summary>
    public double? MeanScore { get; private set; }

    /// <summary>Longest time from one frame to the next, and the later frame; 0 for a single frame.</summary>
    public (double Seconds, int Frame) LongestGap { get; private set; }

    /// <summary>Stretches of undecodable frames, first and last frame; the first of them only.</summary>
    public List<(int First, int Last)> Undecodable { get; } = [];

    /// <summary>How many such stretches there are.</summary>
    public int UndecodableStretches { get; private set; }

    /// <summary>Reads the whole result.</summary>
    public static ResultStatistics Of(PoseResult result, CancellationToken cancellation)
    {
        ResultStatistics statistics = new(result, EndOf(result, cancellation), ResultTracks.Of(result.Path, cancellation));
        long poses = 0;
        foreach (ResultFrame frame in result.ReadFrames(cancellation))
        {
            statistics.Take(frame);
            poses += frame.People.Count;
        }

        statistics.MeanScore = poses > 0 ? statistics._scores / poses : null;
        return statistics;
    }

    /// <summary>When a part begins, in seconds since the first frame; for the number of parts, when the last one ends.</summary>
    public double StartOf(int part)
    {
        // A part without a frame (fewer frames than parts is only possible when the counts are wrong) begins where the next one does.
        for (; part < Parts.Length; part++)
        {
            if (Parts[part].FirstSeconds is { } seconds)
            {
                return double.Clamp(seconds, 0, double.Max(0, EndSeconds));
            }
        }

        return EndSeconds;
    }

    private int PartOf(int frame) => (int)long.Clamp(frame * (long)Parts.Length / _frameCount, 0, Parts.Length - 1);

    private void Take(ResultFrame frame)
    {
        int part = PartOf(frame.Index);
        Parts[part] = Parts[part].With(frame);
        PeopledFrames += frame.People.Count > 0 ? 1 : 0;
        MostPeople = int.Max(MostPeople, frame.People.Count);
        if (_before is { } before && frame.Seconds - before.Seconds > LongestGap.Seconds)
        {
            LongestGap = (frame.Seconds - before.Seconds, frame.Index);
        }

        if (frame.Status == "undecodable")
        {
            TakeUndecodable(frame.Index);
        }

        foreach (ResultPerson person in frame.People)
        {
            Take(person, part);
        }

        _before = frame;
    }

    private void TakeUndecodable(int frame)
    {
        if (_before is { Status: "undecodable" })
        {
            if (UndecodableStretches <= RunCount)
            {
                Undecodable[^1] = (Undecodable[^1].First, frame);
            }

            return;
        }

        UndecodableStretches++;
        if (UndecodableStretches <= RunCount)
        {
            Undecodable.Add((frame, frame));
        }
    }

    private void Take(ResultPerson person, int part)
    {
        _scores += person.Score;
        for (int joint = 0; joint < person.Joints.Count; joint++)
        {
            Joints[joint].Take(person.Joints[joint]);
        }

        BodyPath? body = Tracks.Count == 0 ? (person.Slot == 0 ? Bodies[0] : null) : person.TrackId is { } id ? _byTrack.GetValueOrDefault(id) : null;
        body?.Take(person, part);
    }

    private static long StrideOf(PoseResult result) =>
        result.Section("settings").TryGetProperty("frames.stride", out JsonElement stride) && stride.TryGetInt64(out long frames) ? long.Max(1, frames) : 1;

    private static double EndOf(PoseResult result, CancellationToken cancellation)
    {
        int count = (int)result.Counts.SourceFrames;
        return result.ReadLedger(count - 1, count, cancellation).SingleOrDefault() is { } last
            // Many files do not say how long the last frame is shown: as long as the others, then.
            ? last.Seconds + (last.DurationSeconds ?? (count > 1 ? last.Seconds / (count - 1) : 0))
            : 0;
    }
}

/// <summary>What happened in one part of the video.</summary>
/// <param name="FirstSeconds">Time of its first frame; null while it has none.</param>
/// <param name="Inferred">Frames that were inferred.</param>
/// <param name="MostPeople">Most people in one of them.</param>
/// <param name="Undecodable">Frames without a picture.</param>
/// <param name="Skipped">Frames left out on purpose.</param>
internal readonly record struct PartFacts(double? FirstSeconds, int Inferred, int MostPeople, int Undecodable, int Skipped)
{
    public PartFacts With(ResultFrame frame) => new(
        FirstSeconds ?? frame.Seconds,
        Inferred + (frame.IsInferred ? 1 : 0), int.Max(MostPeople, frame.People.Count),
        Undecodable + (frame.Status == "undecodable" ? 1 : 0), Skipped + (frame.Status == "skipped" ? 1 : 0));
}

/// <summary>What is known of one joint over all poses.</summary>
internal sealed class JointFacts(string name)
{
    private const int Steps = 50;

    private readonly long[] _counts = new long[Steps];
    private long _found, _all;

    public string Name { get; } = name;

    /// <summary>Share of the poses in which it has a position; null without poses.</summary>
    public double? FoundShare => _all > 0 ? (double)_found / _all : null;

    public void Take(Keypoint joint)
    {
        _all++;
        _found += joint.IsFound ? 1 : 0;
        _counts[int.Clamp((int)(joint.Score * Steps), 0, Steps - 1)]++;
    }

    /// <summary>The confidence that a share of the poses does not exceed, to 1/50; null without poses.</summary>
    public double? ConfidenceAt(double share)
    {
        long wanted = (long)double.Ceiling(share * _all), sum = 0;
        for (int step = 0; step < Steps && _all > 0; step++)
        {
            sum += _counts[step];
            if (sum >= wanted)
            {
                return (step + 0.5) / Steps;
            }
        }

        return null;
    }
}

/// <summary>Where one body was: one moment of each part of the video's time.</summary>
internal sealed class BodyPath(int? trackId, int jointCount, int partCount)
{
    private readonly (float X, float Y)?[] _joints = new (float, float)?[partCount * jointCount];

    public int? TrackId { get; } = trackId;

    /// <summary>Middle of the joints that were found, per part of the time, in pixels; null where there was none.</summary>
    public (double X, double Y)?[] Centres { get; } = new (double, double)?[partCount];

    public (float X, float Y)? Joint(int joint, int part) => _joints[(part * jointCount) + joint];

    public void Take(ResultPerson person, int part)
    {
        if (Centres[part] is not null)
        {
            return;
        }

        double x = 0, y = 0;
        int count = 0;
        for (int joint = 0; joint < jointCount; joint++)
        {
            Keypoint found = person.Joints[joint];
            if (found.IsFound)
            {
                (x, y, count) = (x + found.X, y + found.Y, count + 1);
                _joints[(part * jointCount) + joint] = (found.X, found.Y);
            }
        }

        Centres[part] = count > 0 ? (x / count, y / count) : null;
    }
}
