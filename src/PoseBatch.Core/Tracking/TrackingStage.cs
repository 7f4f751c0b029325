using System.Runtime.InteropServices;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Tracking;

/// <summary>
/// All that makes the frames of one video depend on each other: who is who (track ids), how positions move (smoothing),
/// the tracks themselves, and where to look next (crop region). One per video, in the write stage, which brings it every inferred frame in order. Its memory does not
/// grow with the video, and nothing is allocated per frame once the largest crowd has been seen.
/// </summary>
/// <remarks>
/// <see cref="Save"/> and <see cref="Restore"/> carry its whole state over, bit for bit: a video continued after any frame gives
/// what it would have given in one go. Frames that were not inferred change nothing, so they are not brought.
/// </remarks>
internal sealed class TrackingStage
{
    private const byte StateVersion = 1;
    private const int LeastMaxTracks = 18;

    // Who is hidden for a moment must not lose its place to a full picture.
    private const int TracksPerPerson = 2;

    private readonly Skeleton _skeleton;
    private readonly bool _smooths;
    private readonly PoseTracker? _tracker;
    private readonly Dictionary<int, TrackState> _open = [];
    private readonly Stack<TrackState> _spare = [];
    private readonly List<int> _endedIds = [];
    private readonly List<TrackSummary> _ended = [];
    private readonly List<TrackSummary> _due = [];
    private readonly RegionOfInterest? _region;
    private double _seconds = double.NegativeInfinity;

    /// <param name="options">What to do; smoothing needs tracking.</param>
    /// <param name="skeleton">The joints of everybody.</param>
    /// <param name="needsRegion">Whether frames must be told where to look.</param>
    /// <param name="pixelAspect">Width over height of one pixel of the video.</param>
    /// <exception cref="PoseBatchException">internal: smoothing without tracking, which whoever reads settings should have refused.</exception>
    public TrackingStage(TrackingStageOptions options, Skeleton skeleton, bool needsRegion = false, double pixelAspect = 1)
    {
        _skeleton = skeleton;
        _region = needsRegion ? new(skeleton.KeypointCount, pixelAspect) : null;
        _smooths = options.Smoothing != SmoothingMethod.None;
        if (options.Tracking is { } tracking)
        {
            _tracker = new(new()
            {
                Similarity = tracking.Similarity,
                MaxAgeMilliseconds = tracking.MaxGapSeconds * 1000,
                MaxTracks = Math.Max(LeastMaxTracks, TracksPerPerson * options.MaxPersons),
            }, skeleton);
        }
        else if (_smooths)
        {
            throw new PoseBatchException(
                ReasonCode.Internal, "Smoothing follows each person over time, but tracking is off.", "Turn tracking on, or smoothing off.");
        }
    }

    /// <summary>Where to look in the next frame; only where frames need it.</summary>
    public NormalisedBox RegionFor(in FrameStamp stamp) => _region!.For(stamp);

    /// <summary>Takes note of the poses of an inferred frame before they are finished, for the region.</summary>
    public void Look(FramePoses poses) => _region?.Look(poses);

    /// <summary>Gives the people of the next inferred frame their ids and, with smoothing, their smoothed positions.</summary>
    /// <param name="poses">The finished poses; changed in place, positions before smoothing kept as <see cref="FramePoses.RawKeypoints"/>.</param>
    /// <param name="stamp">The frame.</param>
    /// <returns>Tracks whose rows are due now, by (last frame, id); valid until the next call.</returns>
    public ReadOnlySpan<TrackSummary> Follow(FramePoses poses, in FrameStamp stamp)
    {
        ReadOnlySpan<TrackSummary> due = _tracker is null ? [] : FollowPeople(_tracker, poses, stamp);
        _region?.Follow(poses, stamp);
        return due;
    }

    private ReadOnlySpan<TrackSummary> FollowPeople(PoseTracker tracker, FramePoses poses, in FrameStamp stamp)
    {
        // A clock that goes back, in a broken file, stands still instead.
        _seconds = Math.Max(_seconds, stamp.Seconds);
        _endedIds.Clear();
        tracker.Assign(poses, stamp.DisplaySize, _seconds * 1000, _endedIds);
        foreach (int id in _endedIds)
        {
            Close(id);
        }

        if (_smooths)
        {
            poses.KeepRaw();
        }

        for (int person = 0; person < poses.Count; person++)
        {
            int id = poses.TrackId(person);
            if (id != FramePoses.NoTrack)
            {
                TrackState track = TrackOf(id, stamp);
                Span<Keypoint> keypoints = poses.Keypoints(person);
                if (_smooths)
                {
                    track.Smooth(keypoints, stamp.DisplaySize, (long)(_seconds * 1e6));
                }

                track.Add(stamp, poses.Score(person), keypoints);
            }
        }

        return Due();
    }

    /// <summary>After the last frame: the tracks that are still to be written, by (last frame, id).</summary>
    public ReadOnlySpan<TrackSummary> End()
    {
        foreach (TrackState track in _open.Values)
        {
            _ended.Add(track.Summary);
        }

        _open.Clear();
        return Due();
    }

    /// <summary>Writes all that later frames depend on.</summary>
    public void Save(BinaryWriter state)
    {
        state.Write(StateVersion);
        state.Write(_skeleton.KeypointCount);
        state.Write(_tracker is not null);
        state.Write(_smooths);
        state.Write(_region is not null);
        state.Write(_seconds);
        _region?.Save(state);
        _tracker?.Save(state);
        state.Write(_open.Count);
        foreach (TrackState track in _open.Values)
        {
            track.Save(state);
        }

        state.Write(_ended.Count);
        foreach (TrackSummary track in _ended)
        {
            Write(state, track);
        }
    }

    /// <summary>Takes the place of the sequence that was saved with the same options.</summary>
    /// <exception cref="PoseBatchException">internal: the state is cut off, of another version or of other options.</exception>
    public void Restore(BinaryReader state)
    {
        try
        {
            Expect(state.ReadByte(), StateVersion, "version");
            Expect(state.ReadInt32(), _skeleton.KeypointCount, "number of joints");
            Expect(state.ReadBoolean(), _tracker is not null, "tracking");
            Expect(state.ReadBoolean(), _smooths, "smoothing");
            Expect(state.ReadBoolean(), _region is not null, "crop region");
            _seconds = state.ReadDouble();
            _region?.Restore(state);
            _tracker?.Restore(state);
            _open.Clear();
            for (int count = state.ReadInt32(); count > 0; count--)
            {
                TrackState track = Spare();
                _open.Add(track.Restore(state), track);
            }

            _ended.Clear();
            for (int count = state.ReadInt32(); count > 0; count--)
            {
                _ended.Add(ReadTrack(state));
            }
        }
        catch (EndOfStreamException cut)
        {
            throw new PoseBatchException(ReasonCode.Internal, "The saved state of the video's tracks is cut off.", "Process the video from its start.", cut);
        }
    }

    // Tracks end in another order than that of their last frames only where the tracker forgets one for want of room; so a
    // row waits until no open track can end before it.
    private ReadOnlySpan<TrackSummary> Due()
    {
        _due.Clear();
        if (_ended.Count == 0)
        {
            return [];
        }

        long limit = long.MaxValue;
        foreach (TrackState track in _open.Values)
        {
            limit = Math.Min(limit, track.LastFrame);
        }

        int kept = 0;
        for (int i = 0; i < _ended.Count; i++)
        {
            if (_ended[i].LastFrame < limit)
            {
                _due.Add(_ended[i]);
            }
            else
            {
                _ended[kept++] = _ended[i];
            }
        }

        _ended.RemoveRange(kept, _ended.Count - kept);
        _due.Sort(static (one, other) => (one.LastFrame, one.Id).CompareTo((other.LastFrame, other.Id)));
        return CollectionsMarshal.AsSpan(_due);
    }

    private TrackState TrackOf(int id, in FrameStamp stamp)
    {
        if (!_open.TryGetValue(id, out TrackState? track))
        {
            track = Spare();
            track.Begin(id, stamp);
            _open.Add(id, track);
        }

        return track;
    }

    private TrackState Spare() => _spare.TryPop(out TrackState? spare)
        ? spare
        : new TrackState(_smooths ? new PoseSmoother(_skeleton.KeypointCount, new OneEuroOptions()) : null);

    private void Close(int id)
    {
        if (_open.Remove(id, out TrackState? track))
        {
            _ended.Add(track.Summary);
            _spare.Push(track);
        }
    }

    private static void Expect<T>(T found, T expected, string what)
        where T : IEquatable<T>
    {
        if (!found.Equals(expected))
        {
            throw new PoseBatchException(
                ReasonCode.Internal,
                $"The saved state of the video's tracks does not belong to this job: {what} should be {expected}, is {found}.",
                "Process the video from its start.");
        }
    }

    private static void Write(BinaryWriter state, in TrackSummary track)
    {
        state.Write(track.Id);
        state.Write(track.FirstFrame);
        state.Write(track.LastFrame);
        state.Write(track.StartSeconds);
        state.Write(track.EndSeconds);
        state.Write(track.FrameCount);
        state.Write(track.MeanScore);
        state.Write(track.MeanConfidence);
        state.WriteBox(track.Extent);
    }

    private static TrackSummary ReadTrack(BinaryReader state) => new()
    {
        Id = state.ReadInt32(),
        FirstFrame = state.ReadInt64(),
        LastFrame = state.ReadInt64(),
        StartSeconds = state.ReadDouble(),
        EndSeconds = state.ReadDouble(),
        FrameCount = state.ReadInt32(),
        MeanScore = state.ReadDouble(),
        MeanConfidence = state.ReadDouble(),
        Extent = state.ReadBox(),
    };
}
