using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>When a file counts as whole: window 10 s, limit an hour.</summary>
public sealed class StabilityCheckTests
{
    private const string Path = "/inbox/x.mp4";
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);
    private static readonly FileFacts Video = new(FileKind.Regular, 100, 1, 1, 1);
    private readonly StabilityCheck _check = new(Window, Limit);

    // Seconds since the last change that was seen, and since the file's own time of change; null: whole, and for how long nobody changed it.
    [Theory]
    [InlineData("None", 0, 60, null, 60.0)]            // moved in: its own time counts
    [InlineData("None", 0, 2, null, 2.0)]
    [InlineData("None", 0, 1.9, "unchanged for 1 of 2 s", null)]
    [InlineData("None", 2, -60, null, 2.0)]            // a time that lies ahead says nothing
    [InlineData("None", 0, -60, "unchanged for 0 of 2 s", null)]
    [InlineData("Unknown", 10, 60, null, 10.0)]
    [InlineData("Unknown", 9.9, 3600, "unchanged for 9 of 10 s", null)]   // some tools set the time first
    [InlineData("Some", 600, 600, "still written: another program has it open", null)]
    [InlineData("Finished", 0, 0, null, null)]         // then it does not matter
    public void Who_writes_decides_how_long_a_file_must_be_unchanged(string writers, double unchanged, double age, string? waiting, double? idle)
    {
        StabilityVerdict verdict = _check.Judge(Path, Facts(Enum.Parse<Writers>(writers), unchanged) with { Age = TimeSpan.FromSeconds(age) });

        Assert.Equal((waiting, idle), (verdict.Waiting, verdict.Idle?.TotalSeconds));
        Assert.Null(verdict.Refusal);
    }

    [Fact]
    public void A_window_shorter_than_two_seconds_holds_for_files_without_a_writer_as_well() =>
        Assert.Equal("unchanged for 0 of 0.5 s", new StabilityCheck(TimeSpan.FromSeconds(0.5), Limit).Judge(Path, Facts(Writers.None, 0.4)).Waiting);

    [Fact]
    public void An_empty_file_is_waited_for_and_nobody_is_asked_who_writes()
    {
        StabilityVerdict verdict = _check.Judge(Path, Unasked(20) with { File = Video with { Size = 0 } });

        Assert.Equal("empty so far", verdict.Waiting);
    }

    [Fact]
    public void What_is_no_regular_file_is_for_the_decoder_to_say()
    {
        StabilityVerdict verdict = _check.Judge(Path, Unasked(0) with { File = Video with { Kind = FileKind.Special } });

        Assert.Equal(new StabilityVerdict(null), verdict);
    }

    [Theory]
    [InlineData(3599, false)]
    [InlineData(3600, true)]
    public void A_file_that_is_not_whole_fails_when_it_has_not_changed_for_the_limit(double unchanged, bool fails)
    {
        StabilityVerdict verdict = _check.Judge(Path, Facts(Writers.Some, unchanged));

        Assert.Equal((fails, fails), (verdict.IsLast, verdict.Waiting is null));
        Assert.Equal(fails ? ReasonCode.SourceUnsettled : null, verdict.Refusal?.Reason);
        Assert.Equal(
            fails ? "'/inbox/x.mp4' is not whole after 3600 s without a change: still written: another program has it open." : null, verdict.Refusal?.Message);
    }

    [Fact]
    public void A_link_that_leads_nowhere_fails_as_missing_after_the_limit()
    {
        Assert.Contains("leads nowhere", _check.Judge(Path, Unasked(3599) with { File = null }).Waiting, StringComparison.Ordinal);

        StabilityVerdict late = _check.Judge(Path, Unasked(3600) with { File = null });

        Assert.Equal((ReasonCode.SourceMissing, "Mend or remove the link."), (late.Refusal!.Reason, late.Refusal.Advice));
    }

    [Fact]
    public void A_file_that_may_not_be_read_and_one_under_a_broken_profile_are_waited_for_however_long_it_takes()
    {
        StabilityVerdict unreadable = _check.Judge(Path, Facts(Writers.Unreadable, 100_000));
        StabilityVerdict broken = _check.Judge(Path, Unasked(100_000) with { HasProfileProblem = true });

        Assert.Contains("may not be read", unreadable.Waiting, StringComparison.Ordinal);
        Assert.Contains("posebatch.json", broken.Waiting, StringComparison.Ordinal);
        Assert.Null(unreadable.Refusal);
        Assert.Null(broken.Refusal);
    }

    [Theory]
    [InlineData(20, "no index", false)]
    [InlineData(3600, null, true)]     // its last chance: what the container says then, counts
    public void A_file_that_did_not_open_is_opened_again_at_the_limit(double unchanged, string? waiting, bool isLast)
    {
        StabilityVerdict verdict = _check.Judge(Path, Facts(Writers.None, unchanged) with { Unsettled = "no index" });

        Assert.Equal((waiting, isLast), (verdict.Waiting, verdict.IsLast));
        Assert.Null(verdict.Refusal);
    }

    [Fact]
    public void A_file_that_was_opened_when_the_store_was_away_is_judged_no_second_time() =>
        Assert.Equal(new StabilityVerdict(null, IsLast: false), _check.Judge(Path, Unasked(0) with { IsOpened = true }));

    // --- what the container says -------------------------------------------------------------------------------------

    [Theory]
    [InlineData(100L, 0, null)]        // everything is there
    [InlineData(90L, 0, null)]         // more than that
    [InlineData(null, 10, null)]
    [InlineData(null, 4, 6.0)]         // a format without an end: one window
    [InlineData(101L, 59, 1.0)]        // a part is missing: six windows
    [InlineData(101L, 60, null)]       // cut off for good
    public void Where_the_content_ends_decides_how_long_a_file_must_be_unchanged(long? stated, double idle, double? askAfter) =>
        Assert.Equal(askAfter, _check.JudgeLength(100, stated, TimeSpan.FromSeconds(idle))?.AskAfter?.TotalSeconds);

    [Fact]
    public void What_is_missing_is_told_in_bytes()
    {
        Assert.Equal(
            "ends before its container says (1,000 of 20,000 bytes are there); taken as it is when it has not changed for 60 s",
            _check.JudgeLength(1000, 20_000, TimeSpan.Zero)!.Why);
        Assert.Equal("its format does not say where it ends; taken when it has not changed for 10 s", _check.JudgeLength(1000, null, TimeSpan.Zero)!.Why);
    }

    // Whether the file had its time; what becomes of it: asked again after so many seconds, asked when it changes, or refused.
    [Theory]
    [InlineData(ReasonCode.NotVideo, false, "refused")]
    [InlineData(ReasonCode.SourceUnsettled, false, "when it changes")]
    [InlineData(ReasonCode.SourceUnsettled, true, "refused")]
    [InlineData(ReasonCode.SourceMissing, false, "60")]
    [InlineData(ReasonCode.SourceMissing, true, "refused")]
    [InlineData(ReasonCode.OutOfMemory, false, "60")]
    [InlineData(ReasonCode.SourceUnreadable, false, "60")]
    [InlineData(ReasonCode.SourceUnreadable, true, "60")]   // out of reach, which no limit makes any better
    public void What_kept_a_file_from_being_opened_decides_when_it_is_opened_again(ReasonCode reason, bool isLast, string expected)
    {
        PoseBatchException failure = new(reason, "What happened.", "What to do.");

        (CheckFinding? finding, Unsettled? unsettled) = StabilityCheck.JudgeFailure(failure, isLast);

        Assert.Equal(expected, finding is not null ? "refused" : unsettled!.AskAfter is { } after ? FormattableString.Invariant($"{after.TotalSeconds}") : "when it changes");
        Assert.Equal(expected == "refused" ? new(null, new(reason, "What happened.", "What to do.")) : null, finding);
        Assert.True((finding is null) != (unsettled is null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_probe_that_was_killed_says_nothing_about_the_file_and_at_the_limit_its_job_will_tell(bool isLast)
    {
        PoseBatchException killed = new(ReasonCode.OutOfMemory, "ffprobe was ended by signal 9.", null) { IsChildLost = true };

        (CheckFinding? finding, Unsettled? unsettled) = StabilityCheck.JudgeFailure(killed, isLast);

        Assert.Equal(isLast ? new(null, null) : null, finding);
        Assert.Equal(isLast, unsettled is null);
    }

    private static StabilityFacts Facts(Writers writers, double unchanged) =>
        new() { File = Video, Unchanged = TimeSpan.FromSeconds(unchanged), Writers = () => writers };

    private static StabilityFacts Unasked(double unchanged) =>
        new() { File = Video, Unchanged = TimeSpan.FromSeconds(unchanged), Writers = () => throw new InvalidOperationException("Nobody needs to know.") };
}
