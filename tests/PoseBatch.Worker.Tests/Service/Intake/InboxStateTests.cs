using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>Which files are waited for and which have a job.</summary>
public sealed class InboxStateTests
{
    private static readonly FileFacts Facts = new(FileKind.Regular, 100, 1000, 1, 7);
    private readonly InboxState _state = new(new ManualClock());

    [Fact]
    public void A_file_is_waited_for_until_its_job_is_in_the_store()
    {
        PendingFile file = _state.Add(_state.Top, "x.mp4", Facts);
        Assert.Equal([file], _state.Pending());

        _state.Submitted(file, Facts);

        Assert.Empty(_state.Pending());
        Assert.Contains("x.mp4", _state.Top.Known);
        Assert.True(_state.IsSubmitted(_state.Top, "x.mp4", Facts));
    }

    [Fact]
    public void The_same_name_in_another_state_is_another_file()
    {
        _state.Submitted(_state.Add(_state.Top, "x.mp4", Facts), Facts);

        Assert.False(_state.IsSubmitted(_state.Top, "x.mp4", Facts with { Size = 101 }));
        Assert.False(_state.IsSubmitted(_state.Top, "x.mp4", Facts with { ModifiedTicks = 1001 }));
        Assert.False(_state.IsSubmitted(new("study"), "x.mp4", Facts));
    }

    [Fact]
    public void A_file_of_an_earlier_run_is_known_by_its_key_and_other_jobs_are_none_of_the_inboxs()
    {
        _state.Load([InboxKey.Text(InboxKey.Of("study/x.mp4", 100, 1000)), "jobs:0123", "folder:not hexadecimal"]);

        Assert.True(_state.IsSubmitted(new("study"), "x.mp4", Facts));
        Assert.False(_state.IsSubmitted(new("study"), "y.mp4", Facts));
    }

    [Fact]
    public void A_file_that_is_gone_or_replaced_by_another_is_waited_for_no_more()
    {
        PendingFile gone = _state.Add(_state.Top, "gone.mp4", Facts);
        PendingFile first = _state.Add(_state.Top, "x.mp4", Facts);
        PendingFile second = _state.Add(_state.Top, "x.mp4", Facts with { Size = 5 });
        _state.Top.Waiting.Remove("gone.mp4");

        Assert.Equal([second], _state.Pending());
        Assert.False(InboxState.IsPending(gone));
        Assert.False(InboxState.IsPending(first));
    }

    [Fact]
    public void A_job_that_came_of_a_file_that_is_gone_keeps_its_key_and_no_name()
    {
        PendingFile file = _state.Add(_state.Top, "x.mp4", Facts);
        _state.Top.Waiting.Remove("x.mp4");

        _state.Submitted(file, Facts);

        Assert.Empty(_state.Top.Known);
        Assert.True(_state.IsSubmitted(_state.Top, "x.mp4", Facts));
    }

    [Fact]
    public void A_file_that_was_moved_away_is_found_again_when_it_comes_back()
    {
        InboxFolder study = new("study");
        _state.Top.Folders.Add("study", study);
        _state.Submitted(_state.Add(study, "x.mp4", Facts), Facts);

        _state.Forget("study/x.mp4");
        _state.Forget("no such folder/x.mp4");

        Assert.Empty(study.Known);
    }
}
