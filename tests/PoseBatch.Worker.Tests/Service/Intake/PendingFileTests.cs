using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>What is remembered of a file from look to look.</summary>
public sealed class PendingFileTests
{
    private static readonly FileFacts First = new(FileKind.Regular, 100, 1000, 1, 7);
    private readonly ManualClock _clock = new();

    [Fact]
    public void A_change_forgets_what_was_known_of_the_file_and_starts_its_time_again()
    {
        PendingFile file = Opened();
        _clock.Advance(5);

        file.Saw(First with { Size = 101 }, _clock.GetTimestamp());

        Assert.Equal((PendingStage.Settling, _clock.GetTimestamp()), (file.Stage, file.UnchangedSince));
        Assert.Equal((null, long.MaxValue, null), (file.Unsettled, file.AskAgainAt, file.Finding));
        Assert.False(file.IsRenamedIn);
    }

    [Fact]
    public void A_look_that_shows_the_same_changes_nothing()
    {
        PendingFile file = Opened();
        long since = file.UnchangedSince;
        _clock.Advance(5);

        file.Saw(First, _clock.GetTimestamp());

        Assert.Equal((since, "no index"), (file.UnchangedSince, file.Unsettled));
        Assert.True(file.IsRenamedIn);
    }

    [Fact]
    public void Another_file_of_the_same_size_and_time_is_a_change_but_what_the_scan_did_not_look_at_is_none()
    {
        PendingFile found = new(new(string.Empty), "x.mp4", _clock.GetUtcNow()) { Facts = First with { Device = 0, Inode = 0 } };
        _clock.Advance(5);
        found.Saw(First, _clock.GetTimestamp());
        Assert.Equal(0, found.UnchangedSince);

        found.Saw(First with { Inode = 8 }, _clock.GetTimestamp());
        Assert.Equal(_clock.GetTimestamp(), found.UnchangedSince);
    }

    [Fact]
    public void A_file_that_did_not_open_is_asked_again_after_its_pause_or_not_before_it_changes()
    {
        PendingFile file = Opened();

        file.NotWhole("does not answer", isLast: false, TimeSpan.FromSeconds(60), _clock);
        Assert.Equal(("does not answer", "does not answer"), (file.Unsettled, file.Waiting));
        Assert.Equal(TimeSpan.FromSeconds(60), _clock.GetElapsedTime(_clock.GetTimestamp(), file.AskAgainAt));

        file.NotWhole("no index", isLast: false, askAfter: null, _clock);
        Assert.Equal(long.MaxValue, file.AskAgainAt);
    }

    [Fact]
    public void A_file_that_is_out_of_reach_at_its_limit_is_waited_for_as_if_it_had_just_come()
    {
        PendingFile file = Opened();
        _clock.Advance(3600);

        file.NotWhole("does not answer", isLast: true, TimeSpan.FromSeconds(60), _clock);

        Assert.Equal(_clock.GetTimestamp(), file.UnchangedSince);
    }

    private PendingFile Opened()
    {
        PendingFile file = new(new(string.Empty), "x.mp4", _clock.GetUtcNow())
        {
            Facts = First,
            Stage = PendingStage.Checking,
            UnchangedSince = _clock.GetTimestamp(),
            IsRenamedIn = true,
            Finding = new(5, null),
        };
        file.NotWhole("no index", isLast: false, askAfter: null, _clock);
        return file;
    }
}
