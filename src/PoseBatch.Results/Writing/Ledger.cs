using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results.Writing;

/// <summary>Counts what is written, frame by frame, and insists on a gapless index.</summary>
internal sealed class Ledger(int keypointCount, bool hasTracks)
{
    private long _inferred;
    private long _skipped;
    private long _undecodable;
    private long _corrupt;
    private long _persons;
    private long _tracks;
    private long? _lastPts;
    private long _shortestStep = long.MaxValue;
    private long _longestStep = long.MinValue;
    private int _steps;

    /// <summary>Frames so far, which is the index of the next one.</summary>
    public long FrameCount => _inferred + _skipped + _undecodable;

    public ResultCounts Counts => new(FrameCount, _inferred, _skipped, _undecodable, _corrupt, _persons, _persons * keypointCount)
    {
        Tracks = hasTracks ? _tracks : null,
    };

    /// <summary>
    /// Whether frames come at uneven times; null when too few have stamps to tell. Steps may differ by one tick, because a
    /// coarse time base (a millisecond) rounds an even rate.
    /// </summary>
    public bool? IsVariableRate => _steps < 2 ? null : _longestStep - _shortestStep > 1;

    /// <summary>Counts an inferred frame.</summary>
    public void AddInferred(in FrameStamp stamp, int personCount)
    {
        if (stamp.Status is not (FrameStatus.Ok or FrameStatus.Corrupt))
        {
            throw new PoseBatchException(ReasonCode.Internal, $"Frame {stamp.Index} is {TableWords.Of(stamp.Status)} but was inferred.");
        }

        Follow(stamp);
        _inferred++;
        _corrupt += stamp.Status == FrameStatus.Corrupt ? 1 : 0;
        _persons += personCount;
    }

    /// <summary>Counts a track that has ended.</summary>
    public void AddTrack() => _tracks++;

    /// <summary>Counts a frame that was not inferred.</summary>
    public void AddOther(in FrameStamp stamp)
    {
        if (stamp.Status is not (FrameStatus.Skipped or FrameStatus.Undecodable))
        {
            throw new PoseBatchException(ReasonCode.Internal, $"Frame {stamp.Index} is {TableWords.Of(stamp.Status)} but was not inferred.");
        }

        Follow(stamp);
        _skipped += stamp.Status == FrameStatus.Skipped ? 1 : 0;
        _undecodable += stamp.Status == FrameStatus.Undecodable ? 1 : 0;
    }

    private void Follow(in FrameStamp stamp)
    {
        if (stamp.Index != FrameCount)
        {
            throw new PoseBatchException(ReasonCode.Internal, $"Frame {stamp.Index} came where frame {FrameCount} was due.");
        }

        if (stamp.Pts is { } pts && _lastPts is { } before)
        {
            _shortestStep = Math.Min(_shortestStep, pts - before);
            _longestStep = Math.Max(_longestStep, pts - before);
            _steps++;
        }

        // A frame without a stamp breaks the chain: the step across it is no frame step.
        _lastPts = stamp.Pts;
    }
}
