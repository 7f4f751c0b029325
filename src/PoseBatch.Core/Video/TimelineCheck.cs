using System.Globalization;

namespace PoseBatch.Video;

/// <summary>
/// Watches the times of a video's frames, in order: whether they run backwards, stand still, or leave out more than a pause between
/// two frames would. The frames keep the times they have; whoever sorts or joins by time is told.
/// </summary>
public sealed class TimelineCheck
{
    /// <summary>A step is a jump only beyond so many seconds ...</summary>
    public const double LeastJumpSeconds = 10;

    /// <summary>... and beyond so many usual steps.</summary>
    public const double LeastJumpSteps = 100;

    // More are only counted: a recording with so many pauses is told by its first and its longest.
    private const int MostKept = 10_000;

    private readonly List<Step> _long = [];
    private double? _last;
    private long _usualSteps;
    private double _usualSeconds;
    private long _longSteps;
    private Step? _firstBack;
    private double _longestBack;
    private long _backSteps;

    /// <summary>Takes note of the next frame of the ledger, decodable or not.</summary>
    public void Add(in FrameStamp stamp)
    {
        if (_last is { } last)
        {
            Add(new Step(stamp.Index, last, stamp.Seconds));
        }

        _last = stamp.Seconds;
    }

    /// <summary>What the user should know; empty when every frame comes after the one before it. Valid after the last frame.</summary>
    public IEnumerable<string> Warnings()
    {
        if (_firstBack is { } back)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The time {(back.Size < 0 ? "runs backwards" : "stands still")} at frame {back.Frame}, from {back.From:0.000} to {back.To:0.000} s{More(_backSteps, _longestBack)}: the stamps of the file say so. Times overlap, so order and join by frame instead of by time.");
        }

        double threshold = double.Max(LeastJumpSeconds, LeastJumpSteps * _usualSeconds / long.Max(1, _usualSteps));

        // Where most steps are that long, this is how the video was recorded, and no jump.
        List<Step> jumps = _longSteps > _usualSteps ? [] : _long.FindAll(step => step.Size > threshold);
        if (jumps is [{ } first, ..])
        {
            long count = jumps.Count + (_longSteps - _long.Count);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The time jumps at frame {first.Frame}, by {first.Size:0.000} s (from {first.From:0.000} to {first.To:0.000} s){More(count, jumps.Max(step => step.Size))}: a pause of the recording, lost frames, or a clock that was set anew. The stamps of the file say so.");
        }
    }

    private void Add(Step step)
    {
        if (step.Size <= 0)
        {
            _firstBack ??= step;
            _longestBack = double.Max(_longestBack, -step.Size);
            _backSteps++;
        }
        else if (step.Size > LeastJumpSeconds)
        {
            _longSteps++;
            if (_long.Count < MostKept)
            {
                _long.Add(step);
            }
        }
        else
        {
            _usualSteps++;
            _usualSeconds += step.Size;
        }
    }

    private static string More(long count, double most) => count == 1
        ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $", and {count - 1} more {(count == 2 ? "time" : "times")}, by {most:0.000} s at most");

    private readonly record struct Step(long Frame, double From, double To)
    {
        public double Size => To - From;
    }
}
