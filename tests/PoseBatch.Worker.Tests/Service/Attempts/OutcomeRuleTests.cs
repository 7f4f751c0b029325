using PoseBatch.Pipeline;
using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

/// <summary>What becomes of a job, given how its run ended.</summary>
public class OutcomeRuleTests
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(30);

    private static readonly AttemptFacts Facts = new()
    {
        Spec = SomeJob.Spec() with { Limits = new() { StallTimeoutSeconds = 300, MaxRuntimeSeconds = 60 } },
        Attempt = 1,
        MostAttempts = 3,
        RetryAfter = Retry,
        ServiceSeconds = 604_800,
    };

    [Fact]
    public void A_result_completes_the_job_whatever_was_asked_of_it_meanwhile()
    {
        JobReport report = Report(RunOutcome.Completed) with { ResultPath = "/r/clip", Warnings = ["One.", "Two."] };

        Assert.Equal(new AttemptEnd.Completed("/r/clip", false, null, "One. Two."), OutcomeRule.Of(report, Facts with { Cause = StopCause.Drained }));
        Assert.Equal(new AttemptEnd.Completed("/r/clip", false, null, null), OutcomeRule.Of(report with { Warnings = [] }, Facts));
    }

    [Theory]
    [InlineData(1, null, true)]       // somebody else's
    [InlineData(2, null, false)]      // an earlier attempt of this very job left it
    [InlineData(2, "other", true)]
    public void A_result_that_is_there_is_a_duplicate_unless_it_is_the_jobs_own(int attempt, string? other, bool isDuplicate)
    {
        JobReport report = Report(RunOutcome.Exists, message: "It exists.") with { ResultPath = "/r/clip" };

        AttemptEnd end = OutcomeRule.Of(report, Facts with { Attempt = attempt, DuplicateOf = other });

        Assert.Equal(new AttemptEnd.Completed("/r/clip", isDuplicate, other, isDuplicate ? "It exists." : null), end);
    }

    [Theory]
    [InlineData(nameof(StopCause.Lost))]
    [InlineData(nameof(StopCause.Drained))]
    [InlineData(nameof(StopCause.Yielded))]
    [InlineData(nameof(StopCause.NetworkHangs))]
    public void What_is_handed_over_goes_back_to_the_queue_at_once_and_does_not_count(string cause) =>
        Assert.Equal(TimeSpan.Zero, Assert.IsType<AttemptEnd.Released>(OutcomeRule.Of(Stopped, With(cause))).After);

    [Theory]
    [InlineData(nameof(StopCause.Cancelled), ReasonCode.Cancelled, false)]
    [InlineData(nameof(StopCause.Endless), ReasonCode.Cancelled, false)]
    [InlineData(nameof(StopCause.Stalled), ReasonCode.Stalled, true)]
    [InlineData(nameof(StopCause.TooLong), ReasonCode.Stalled, true)]
    public void What_passes_a_limit_or_is_cancelled_counts(string cause, ReasonCode reason, bool isTriedAgain)
    {
        AttemptEnd.Failed end = Assert.IsType<AttemptEnd.Failed>(OutcomeRule.Of(Stopped, With(cause)));

        Assert.Equal((reason, isTriedAgain ? Retry : null), (end.Reason, end.RetryAfter));
    }

    [Fact]
    public void Limits_are_named_with_their_seconds()
    {
        Assert.Contains("300 s", MessageOf(StopCause.Stalled), StringComparison.Ordinal);
        Assert.Contains("60 s", MessageOf(StopCause.TooLong), StringComparison.Ordinal);
        Assert.Contains("604800 s", MessageOf(StopCause.Endless), StringComparison.Ordinal);

        static string MessageOf(StopCause cause) => ((AttemptEnd.Failed)OutcomeRule.Of(Stopped, Facts with { Cause = cause })).Message;
    }

    [Fact]
    public void A_call_that_hangs_is_named_and_the_advice_is_another()
    {
        AttemptEnd.Failed slow = (AttemptEnd.Failed)OutcomeRule.Of(Stopped, Facts with { Cause = StopCause.Stalled });
        AttemptEnd.Failed hanging = (AttemptEnd.Failed)OutcomeRule.Of(Stopped, Facts with { Cause = StopCause.Stalled, HangingCall = "a call of m on cpu" });

        Assert.EndsWith("300 s: a call of m on cpu.", hanging.Message, StringComparison.Ordinal);
        Assert.NotEqual(slow.Advice, hanging.Advice);
    }

    [Theory]
    [InlineData(600, 30)]   // a twentieth of the time waited
    [InlineData(0, 3)]
    public void Who_waits_for_another_job_goes_back_to_the_queue_for_a_while(double waited, double after)
    {
        JobReport report = Report(RunOutcome.Cancelled, message: "Waits for job other.");

        AttemptEnd end = OutcomeRule.Of(report, Facts with { DuplicateOf = "other", Waited = TimeSpan.FromSeconds(waited) });

        Assert.Equal(new AttemptEnd.Released("Waits for job other.", TimeSpan.FromSeconds(after)), end);
    }

    [Fact]
    public void A_video_that_is_too_long_for_its_slot_goes_back_at_once() =>
        Assert.Equal(new AttemptEnd.Released("Waits for a slot."), OutcomeRule.Of(Report(RunOutcome.Cancelled, message: "Waits for a slot."), Facts with { IsTooLong = true }));

    [Theory]
    [InlineData(ReasonCode.NotVideo, false)]
    [InlineData(ReasonCode.ModelMissing, false)]
    [InlineData(ReasonCode.Internal, true)]
    [InlineData(ReasonCode.OutOfMemory, true)]
    [InlineData(ReasonCode.SourceUnsettled, true)]
    public void A_failure_counts_and_is_tried_again_if_that_may_help(ReasonCode reason, bool isTriedAgain) => Assert.Equal(
        new AttemptEnd.Failed(reason, "It broke.", "Mend it.", isTriedAgain ? Retry : null), OutcomeRule.Of(Failed(reason), Facts));

    [Theory]
    [InlineData(ReasonCode.DiskFull)]
    [InlineData(ReasonCode.OutputUnwritable)]
    [InlineData(ReasonCode.SourceUnreadable)]
    [InlineData(ReasonCode.ProviderUnavailable)]
    public void What_the_job_cannot_help_does_not_count_even_at_the_last_attempt(ReasonCode reason) =>
        Assert.Equal(new AttemptEnd.Postponed(reason, "It broke.", "Mend it.", Retry), OutcomeRule.Of(Failed(reason), Facts with { Attempt = 3 }));

    [Theory]
    [InlineData(ReasonCode.SourceMissing)]
    [InlineData(ReasonCode.SourceChanged)]
    [InlineData(ReasonCode.SourceUnreadable)]
    public void A_source_whose_disk_is_away_is_waited_for(ReasonCode reason)
    {
        AttemptEnd.Postponed end = Assert.IsType<AttemptEnd.Postponed>(OutcomeRule.Of(Failed(reason), Facts with { SourceAway = "'/videos' is not mounted." }));

        Assert.Equal((ReasonCode.SourceMissing, Retry), (end.Reason, end.After));
        Assert.EndsWith("'/videos' is not mounted.", end.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, true, false)]
    [InlineData(3, true, true)]
    [InlineData(3, false, false)]
    public void Only_a_lost_child_that_is_borne_spares_the_last_attempt(int attempt, bool isBorne, bool isSpared)
    {
        AttemptEnd end = OutcomeRule.Of(Failed(ReasonCode.OutOfMemory), Facts with { Attempt = attempt, IsLossBorne = isBorne });

        Assert.Equal(isSpared, end is AttemptEnd.Postponed);
        Assert.Equal(!isSpared, end is AttemptEnd.Failed);
    }

    [Fact]
    public void A_lease_that_was_lost_on_the_way_is_handed_over() =>
        Assert.IsType<AttemptEnd.Released>(OutcomeRule.Of(Failed(ReasonCode.LeaseLost), Facts));

    private static JobReport Stopped => Report(RunOutcome.Cancelled, ReasonCode.Cancelled, "Stopped.");

    private static JobReport Failed(ReasonCode reason) => Report(RunOutcome.Failed, reason, "It broke.") with { Advice = "Mend it." };

    private static JobReport Report(RunOutcome state, ReasonCode? reason = null, string? message = null) =>
        new() { Path = "/videos/clip.mp4", State = state, Reason = reason, Message = message };

    private static AttemptFacts With(string cause) => Facts with { Cause = Enum.Parse<StopCause>(cause) };
}
