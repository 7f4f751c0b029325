using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>Which files are handed to the checks, and when again.</summary>
public sealed class PendingCheckTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-pending-");
    private readonly ManualClock _clock = new();
    private readonly InboxState _state;
    private Writers _writers = Writers.None;
    private FileFacts? _renamed;

    public PendingCheckTests() => _state = new(_clock);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Files_that_are_due_are_handed_over_once_and_in_the_order_of_their_names()
    {
        PendingFile b = Put("b.mp4"), a = Put("a.mp4");
        PendingCheck check = Check();

        IReadOnlyList<CheckOrder> due = check.Look(_state.Pending());

        Assert.Equal([a, b], due.Select(order => order.File));
        Assert.All(due, order => Assert.Equal((PendingStage.Checking, false), (order.File.Stage, order.IsLast)));
        Assert.Empty(check.Look(_state.Pending()));   // they are being checked
    }

    [Fact]
    public void A_file_that_did_not_open_is_handed_over_again_when_its_pause_is_over_and_at_the_limit()
    {
        PendingFile file = Put("a.mp4");
        PendingCheck check = Check();
        Assert.Single(check.Look(_state.Pending()));
        Unsettle(TimeSpan.FromSeconds(60));

        Assert.False(IsDueAfter(59));
        Assert.Equal("does not answer", file.Waiting);
        Assert.True(IsDueAfter(1));
        Unsettle(askAfter: null);
        Assert.False(IsDueAfter(3539));
        Assert.True(IsDueAfter(1), "An hour has passed without a change.");

        void Unsettle(TimeSpan? askAfter)
        {
            file.Stage = PendingStage.Settling;
            file.NotWhole("does not answer", isLast: false, askAfter, _clock);
        }

        bool IsDueAfter(double seconds)
        {
            _clock.Advance(seconds);
            return check.Look(_state.Pending()).Count > 0;
        }
    }

    [Fact]
    public void What_was_found_out_while_the_store_was_away_is_handed_over_with_the_file()
    {
        PendingFile file = Put("a.mp4");
        file.Saw(FileFacts.Of(PathOf("a.mp4"))!.Value, _clock.GetTimestamp());
        file.Finding = new(5, null);

        Assert.Equal(file.Finding, Assert.Single(Check().Look(_state.Pending())).Finding);
    }

    [Fact]
    public void A_file_that_is_not_whole_at_the_limit_is_handed_over_with_its_refusal()
    {
        _writers = Writers.Some;
        Put("a.mp4");
        PendingCheck check = Check();
        Assert.Empty(check.Look(_state.Pending()));
        _clock.Advance(3600);

        CheckOrder order = Assert.Single(check.Look(_state.Pending()));

        Assert.Equal((ReasonCode.SourceUnsettled, true), (order.Finding!.Refusal!.Reason, order.IsLast));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]    // it was written to after its rename
    public void A_rename_says_that_the_file_is_whole_as_it_was_then(long written, bool isDue)
    {
        _writers = Writers.Unknown;
        Put("a.mp4");
        FileFacts now = FileFacts.Of(PathOf("a.mp4"))!.Value;
        _renamed = now with { Size = now.Size - written };

        Assert.Equal(isDue, Check().Look(_state.Pending()).Count == 1);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, false)]   // older than the file: it speaks of what stood there before
    public void A_ready_marker_says_that_the_file_is_whole(double seconds, bool isDue)
    {
        _writers = Writers.Unknown;
        Put("a.mp4");
        File.WriteAllText(PathOf("a.mp4.ready"), string.Empty);
        File.SetLastWriteTimeUtc(PathOf("a.mp4.ready"), File.GetLastWriteTimeUtc(PathOf("a.mp4")).AddSeconds(seconds));

        Assert.Equal(isDue, Check().Look(_state.Pending()).Count == 1);
    }

    [Fact]
    public void A_thousand_files_are_looked_at_every_time_and_more_only_once_per_window()
    {
        _writers = Writers.Some;
        for (int number = 0; number < 1001; number++)
        {
            Put(FormattableString.Invariant($"{number}.mp4"));
        }

        int asked = 0;
        PendingCheck check = Check(_ =>
        {
            asked++;
            return Writers.Some;
        });
        check.Look(_state.Pending());
        _clock.Advance(9);
        check.Look(_state.Pending());
        Assert.Equal(1001, asked);
        _clock.Advance(1);
        check.Look(_state.Pending());
        Assert.Equal(2002, asked);

        _state.Top.Waiting.Remove("0.mp4");
        check.Look(_state.Pending());
        Assert.Equal(3002, asked);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private PendingFile Put(string name)
    {
        File.WriteAllText(PathOf(name), "video");
        File.SetLastWriteTimeUtc(PathOf(name), _clock.GetUtcNow().UtcDateTime.AddMinutes(-1));
        return _state.Add(_state.Top, name, FileFacts.Of(PathOf(name)));
    }

    private PendingCheck Check(Func<string, Writers>? writersOf = null)
    {
        TimeSpan window = TimeSpan.FromSeconds(10);
        return new(_folder.FullName, new(window, TimeSpan.FromHours(1)), window, writersOf ?? (_ => _writers), _ => _renamed, _clock);
    }
}
