using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Results;
using PoseBatch.Tables;
using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

/// <summary>Whether an attempt is to compute what it could.</summary>
public sealed class AdmissionTests : IDisposable
{
    private readonly SomeAttempt _attempt = new();
    private readonly ResultRequest _request = SomeResult.Request("/results");   // of a video of 2.5 s
    private string? _problem;

    public void Dispose() => _attempt.Dispose();

    [Fact]
    public async Task What_nobody_else_computes_is_computed()
    {
        Admission admission = Open();

        Assert.Null(await admission.AdmitAsync(_request, TestContext.Current.CancellationToken));
        Assert.Equal(["key instead of none", "advance running"], _attempt.Store.Told);
        Assert.Equal((_request, null, false), (admission.Request, admission.DuplicateOf, admission.IsTooLong));
    }

    [Fact]
    public async Task What_another_job_is_computing_is_waited_for()
    {
        _attempt.Store.KeyOwners[string.Empty] = SomeJob.Record("other");
        Admission admission = Open();

        JobReport? report = await admission.AdmitAsync(_request, TestContext.Current.CancellationToken);

        Assert.Equal((RunOutcome.Cancelled, "Waits for job other, which computes the same."), (report!.State, report.Message));
        Assert.Equal("other", admission.DuplicateOf);
    }

    [Fact]
    public async Task The_whole_result_of_another_job_is_this_ones_too()
    {
        _attempt.Store.KeyOwners[string.Empty] = SomeJob.Record("other", JobStatus.Completed) with { ResultPath = "/results/clip" };
        Admission admission = Open();

        JobReport? report = await admission.AdmitAsync(_request, TestContext.Current.CancellationToken);

        Assert.Equal((RunOutcome.Exists, "/results/clip"), (report!.State, report.ResultPath));
        Assert.Equal("other", admission.DuplicateOf);
    }

    [Theory]
    [InlineData("/results/clip", "keypoints.parquet is missing", OverwriteRule.Never)]
    [InlineData("/results/clip", null, OverwriteRule.Replace)]
    [InlineData(null, null, OverwriteRule.Never)]
    public async Task A_result_that_is_damaged_gone_or_to_be_replaced_is_computed_again(string? path, string? problem, OverwriteRule rule)
    {
        _problem = problem;
        _attempt.Store.KeyOwners[string.Empty] = SomeJob.Record("other", JobStatus.Completed) with { ResultPath = path };
        Admission admission = Open();

        Assert.Null(await admission.AdmitAsync(_request with { Overwrite = rule }, TestContext.Current.CancellationToken));
        Assert.Equal(["key instead of none", "key instead of other", "advance running"], _attempt.Store.Told);
        Assert.Null(admission.DuplicateOf);
    }

    [Fact]
    public async Task A_third_job_that_replaces_it_meanwhile_is_waited_for()
    {
        _attempt.Store.KeyOwners[string.Empty] = SomeJob.Record("other", JobStatus.Completed);
        _attempt.Store.KeyOwners["other"] = SomeJob.Record("third");
        Admission admission = Open();

        JobReport? report = await admission.AdmitAsync(_request, TestContext.Current.CancellationToken);

        Assert.Equal(RunOutcome.Cancelled, report!.State);
        Assert.Equal("third", admission.DuplicateOf);
    }

    [Theory]
    [InlineData(2.5, null, 2.0, "duration 2.5")]
    [InlineData(null, 90L, 2.0, "duration 3")]          // 90 frames at 30 a second
    [InlineData(null, null, 1e6, "duration Infinity")]   // nobody knows
    public async Task A_video_that_is_too_long_for_its_slot_is_given_back_with_its_length(double? duration, long? frames, double most, string told)
    {
        ResultRequest request = _request with { Video = _request.Video with { DurationSeconds = duration, AnnouncedFrames = frames } };
        Admission admission = Open(most);

        JobReport? report = await admission.AdmitAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(RunOutcome.Cancelled, report!.State);
        Assert.Equal([told], _attempt.Store.Told);
        Assert.Equal((true, null), (admission.IsTooLong, admission.Request));
    }

    [Fact]
    public async Task A_short_video_may_have_the_slot_for_short_ones()
    {
        Assert.Null(await Open(mostSeconds: 2.5).AdmitAsync(_request, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(-5, 3)]        // the clock was set back
    [InlineData(0, 3)]
    [InlineData(600, 30)]
    [InlineData(36_000, 60)]
    public void Whoever_waits_long_for_another_job_asks_less_often(double waited, double wait) =>
        Assert.Equal(TimeSpan.FromSeconds(wait), DuplicateCheck.WaitAfter(TimeSpan.FromSeconds(waited)));

    private Admission Open(double? mostSeconds = null) => new(_attempt.Held, new(_attempt.Held, _ => _problem), _attempt.Progress, mostSeconds);
}
