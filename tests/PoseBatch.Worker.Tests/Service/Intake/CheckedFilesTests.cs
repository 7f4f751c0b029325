using Microsoft.Extensions.Logging.Abstractions;
using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>What becomes of a file when its check has ended.</summary>
public sealed class CheckedFilesTests
{
    private static readonly FileFacts Facts = new(FileKind.Regular, 100, 1000, 1, 7);
    private static readonly JobSpec Spec = new() { Source = new() { Path = "/inbox/x.mp4" } };
    private readonly ManualClock _clock = new();
    private readonly InboxState _state;
    private readonly IntakeStatus _status = new(NullLogger.Instance);
    private readonly PendingFile _file;
    private readonly CheckedFiles _checked;

    public CheckedFilesTests()
    {
        _state = new(_clock);
        _file = _state.Add(_state.Top, "x.mp4", Facts);
        _file.Stage = PendingStage.Checking;
        _checked = new(_state, _status, mover: null, NullLogger.Instance, _clock);
    }

    [Fact]
    public void A_file_whose_job_is_in_the_store_is_waited_for_no_more_and_the_store_answers()
    {
        _status.StoreIsAway("It is locked.");

        _checked.Take(Result(CheckOutcome.Taken) with { Job = new() { Id = "id", Spec = Spec, Origin = "folder", Status = JobStatus.Queued } });

        Assert.Empty(_state.Pending());
        Assert.Null(_status.StoreTrouble);
    }

    [Fact]
    public void A_store_that_is_away_is_told_and_what_was_found_out_is_kept()
    {
        _checked.Take(Result(CheckOutcome.StoreAway) with { Message = "It is locked.", Finding = new(5, null) });

        Assert.Equal((PendingStage.Settling, new CheckFinding(5, null)), (_file.Stage, _file.Finding));
        Assert.Contains("It is locked.", _status.StoreTrouble, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_whole_is_opened_again_after_its_pause()
    {
        _checked.Take(Result(CheckOutcome.Unsettled) with { Message = "does not answer", AskAfter = TimeSpan.FromSeconds(60) });

        Assert.Equal((PendingStage.Settling, "does not answer"), (_file.Stage, _file.Unsettled));
        Assert.Equal(_clock.GetTimestamp() + (60 * _clock.TimestampFrequency), _file.AskAgainAt);
    }

    [Fact]
    public void A_file_that_is_refused_is_left_alone_until_it_changes()
    {
        _checked.Take(Result(CheckOutcome.Refused) with { Message = "outside the allowed roots" });
        Assert.Equal((PendingStage.Halted, "outside the allowed roots"), (_file.Stage, _file.Waiting));

        _file.Saw(Facts with { Size = 101 }, _clock.GetTimestamp());
        Assert.Equal(PendingStage.Settling, _file.Stage);
    }

    private CheckResult Result(CheckOutcome outcome) => new(new(_file, "/inbox/x.mp4", Facts, Spec, null, null, IsLast: false), outcome);
}
