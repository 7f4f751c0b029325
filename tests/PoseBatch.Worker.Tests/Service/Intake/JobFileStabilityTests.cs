using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>When a job file is taken.</summary>
public sealed class JobFileStabilityTests
{
    private static readonly FileFacts Facts = new(FileKind.Regular, 10, 1000, 1, 7);
    private readonly ManualClock _clock = new();
    private readonly JobFileStability _stability;

    public JobFileStabilityTests() => _stability = new(_clock);

    [Fact]
    public void JSON_is_whole_at_once_and_nobody_is_asked_who_writes() =>
        Assert.True(_stability.IsWhole("a.json", Facts, isJson: true, () => throw new InvalidOperationException()));

    [Fact]
    public void Anything_else_is_taken_as_it_is_when_it_stays_so_for_five_seconds()
    {
        Assert.False(Look(Facts));
        _clock.Advance(4.9);
        Assert.False(Look(Facts));
        _clock.Advance(0.1);
        Assert.True(Look(Facts));
        Assert.False(Look(Facts));   // the next of that name is another one
    }

    [Fact]
    public void A_change_starts_the_time_again_and_so_does_a_writer()
    {
        Assert.False(Look(Facts));
        _clock.Advance(5);
        Assert.False(Look(Facts with { Size = 11 }));
        _clock.Advance(5);
        Assert.False(Look(Facts with { Size = 11 }, Writers.Some));
        _clock.Advance(4.9);
        Assert.False(Look(Facts with { Size = 11 }));
        _clock.Advance(0.1);
        Assert.True(Look(Facts with { Size = 11 }));
    }

    private bool Look(FileFacts facts, Writers writers = Writers.None) => _stability.IsWhole("a.json", facts, isJson: false, () => writers);
}
