using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Service;

namespace PoseBatch.Cases;

/// <summary>What may not be read, or does not answer, is not missing: it is waited for, without using up an attempt.</summary>
public sealed class SourceOutOfReachTests : IDisposable
{
    private static readonly (string, string)[] Impatient =
        [("Jobs:RetrySeconds", "0.2"), ("Jobs:MaxAttempts", "1"), ("Inbox:UnsettledLimitSeconds", "1"), ("Output:SegmentSeconds", "2")];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a file without the right to read it", "videos/clip.mp4")]
    [InlineData("a folder that may not be entered", "videos")]
    public async Task A_job_waits_for_the_right_to_read_its_source(string what, string shut)
    {
        OtherUser.Require();
        Directory.CreateDirectory(_folder["videos"]);
        TestVideos.Short(_folder["videos/clip.mp4"]);
        OtherUser.Own(_folder.Path);
        Close(_folder[shut]);
        await using RunningService service = await RunningService.StartAsync(OtherUser.Launcher, _folder.Path, Impatient);
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "videos/clip.mp4" } });

        await AssertWaitsThenCompletesAsync(store, what, () => Open(_folder[shut]));
    }

    [Fact]
    public async Task A_job_file_waits_for_the_right_to_read_its_source()
    {
        OtherUser.Require();
        Directory.CreateDirectory(_folder["videos"]);
        Directory.CreateDirectory(_folder["jobs"]);
        TestVideos.Short(_folder["videos/clip.mp4"]);
        await File.WriteAllTextAsync(_folder["jobs/a.json"], """{ "source": { "path": "videos/clip.mp4" } }""", TestContext.Current.CancellationToken);
        OtherUser.Own(_folder.Path);
        Close(_folder["videos"]);
        await using RunningService service = await RunningService.StartAsync(OtherUser.Launcher, _folder.Path, Impatient);
        await using SqliteJobStore store = service.OpenStore();

        await AssertWaitsThenCompletesAsync(store, "a job file", () => Open(_folder["videos"]));
    }

    [Fact]
    public async Task A_job_whose_folder_is_shut_in_the_middle_goes_on_when_it_is_open_again()
    {
        OtherUser.Require();
        Directory.CreateDirectory(_folder["videos"]);
        TestVideos.Long(_folder["videos/long.mp4"], seconds: 100);
        OtherUser.Own(_folder.Path);
        await using RunningService service = await RunningService.StartAsync(OtherUser.Launcher, _folder.Path, Impatient);
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "videos/long.mp4" } });
        await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 2));
        Close(_folder["videos"]);

        await AssertWaitsThenCompletesAsync(store, "the middle", () => Open(_folder["videos"]));
    }

    [Theory]
    [InlineData("inbox/study/clip.mp4", "may not be read by the user 'nobody'")]
    [InlineData("inbox/study", "may not be read by the user 'nobody'")]
    [InlineData("inbox", "may not be read by the user 'nobody'")]
    public async Task The_watched_folder_waits_for_the_right_to_look_into_it(string shut, string words)
    {
        OtherUser.Require();
        Directory.CreateDirectory(_folder["inbox/study"]);
        TestVideos.Short(_folder["inbox/study/clip.mp4"]);
        OtherUser.Own(_folder.Path);
        Close(_folder[shut]);
        await using RunningService service = await RunningService.StartAsync(OtherUser.Launcher, _folder.Path, Impatient);
        await using SqliteJobStore store = service.OpenStore();

        // The limit of time for what is not whole is a second; two of the service's own views later it still waits, and says for what.
        string said;
        do
        {
            said = $"{await service.GetAsync("/api/settling")} {(await service.AskAsync("/healthz/ready")).Body}";
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
        while (!said.Contains(words, StringComparison.Ordinal));
        await service.HearEventsAsync(3);
        Assert.Empty(await store.ListAsync(new JobQuery(), TestContext.Current.CancellationToken));

        Open(_folder[shut]);
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));
    }

    [Theory]
    [InlineData(FailingReads.ESTALE, "Stale file handle")]
    [InlineData(FailingReads.EIO, "Input/output error")]
    public async Task A_job_waits_for_a_share_that_answers_with_an_error(int error, string words)
    {
        string library = FailingReads.Build(_folder);
        TestVideos.Short(_folder["clip.mp4"]);
        await File.WriteAllTextAsync(_folder["away"], string.Empty, TestContext.Current.CancellationToken);
        await using RunningService service = await RunningService.StartAsync(
            _folder.Path,
            [.. Impatient, ("LD_PRELOAD", library), ("FAIL_NAME", "/clip.mp4"), ("FAIL_SWITCH", _folder["away"]), ("FAIL_ERROR", $"{error}"), ("Inbox:Path", string.Empty)]);
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "clip.mp4" } });

        JobRecord waiting = await AssertWaitsThenCompletesAsync(store, "a share", () => File.Delete(_folder["away"]));
        Assert.Contains(words, waiting.Message, StringComparison.Ordinal);
        Assert.Contains("share answers", waiting.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mp4")]
    [InlineData("mkv")]
    [InlineData("ts")]
    [InlineData("avi")]
    public async Task A_source_that_breaks_off_for_a_share_gives_no_shorter_result(string extension)
    {
        string clip = _folder[$"clip.{extension}"];
        Clips.Make("-stream_loop", "2", "-i", PoseBatchProgram.DemoClip, "-c", "copy", "-movflags", "faststart", clip);
        FfmpegVideoDecoder decoder = new(new FfmpegOptions
        {
            DecodeThreads = 1,
            FfmpegPath = FailingReads.Program(_folder, "ffmpeg", $".{extension}", FailingReads.ESTALE, from: new FileInfo(clip).Length / 2),
        });
        int whole = (await Clips.ReadAllAsync(clip, decoder: decoder)).Stamps.Count;
        Assert.Equal((await Clips.ReadAllAsync(clip)).Stamps.Count, whole);   // the switch is off

        await File.WriteAllTextAsync(_folder["away"], string.Empty, TestContext.Current.CancellationToken);
        PoseBatchException fault = await Assert.ThrowsAsync<PoseBatchException>(() => Clips.ReadAllAsync(clip, decoder: decoder));

        Assert.Equal(ReasonCode.SourceUnreadable, fault.Reason);
        Assert.True(fault.Reason.IsTransient());
        Assert.DoesNotContain("does not exist", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ffprobe")]
    [InlineData("ffmpeg")]
    public async Task A_child_that_is_not_let_in_says_nothing_of_the_file(string program)
    {
        string clip = TestVideos.Short(_folder["clip.mp4"]);
        string failing = FailingReads.Program(_folder, program, "/clip.mp4", FailingReads.ESTALE, from: null);
        FfmpegVideoDecoder decoder = new(program == "ffprobe" ? new() { FfprobePath = failing } : new() { FfmpegPath = failing });
        await File.WriteAllTextAsync(_folder["away"], string.Empty, TestContext.Current.CancellationToken);

        PoseBatchException fault = await Assert.ThrowsAsync<PoseBatchException>(() => Clips.ReadAllAsync(clip, decoder: decoder));

        Assert.Equal(ReasonCode.SourceUnreadable, fault.Reason);
    }

    [Fact]
    public async Task The_command_line_fails_for_such_a_file_and_does_not_call_it_missing()
    {
        OtherUser.Require();
        TestVideos.Short(_folder["clip.mp4"]);
        OtherUser.Own(_folder.Path);
        Close(_folder["clip.mp4"]);

        (int code, string output) = Run([.. OtherUser.Launcher, PoseBatchProgram.Executable, "process", "clip.mp4", "--json"]);

        Assert.Equal(1, code);
        Assert.Contains("\"reason\":\"source_unreadable\"", output, StringComparison.Ordinal);
        Assert.Contains("may not be read by the user 'nobody'", output, StringComparison.Ordinal);
        Assert.DoesNotContain("does not exist", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, nameof(ReasonCode.SourceMissing))]      // ENOENT
    [InlineData(20, nameof(ReasonCode.SourceMissing))]     // ENOTDIR
    [InlineData(13, nameof(ReasonCode.SourceUnreadable))]  // EACCES
    [InlineData(1, nameof(ReasonCode.SourceUnreadable))]   // EPERM
    [InlineData(5, nameof(ReasonCode.SourceUnreadable))]   // EIO
    [InlineData(107, nameof(ReasonCode.SourceUnreadable))] // ENOTCONN
    [InlineData(110, nameof(ReasonCode.SourceUnreadable))] // ETIMEDOUT
    [InlineData(112, nameof(ReasonCode.SourceUnreadable))] // EHOSTDOWN
    [InlineData(116, nameof(ReasonCode.SourceUnreadable))] // ESTALE
    [InlineData(24, nameof(ReasonCode.OutOfMemory))]       // EMFILE
    public void An_error_of_the_system_says_whether_a_file_is_gone_or_out_of_reach(int error, string reason) =>
        Assert.Equal(reason, SourceReach.Of("/videos/clip.mp4", error)!.Reason.ToString());

    [Theory]
    [InlineData("[error] file:/v/a.mp4: Stale file handle", true, false)]
    [InlineData("[in#0/mpegts @ 0x55] [error] Error during demuxing: Host is down", true, false)]
    [InlineData("[error] file:/v/a.mp4: Input/output error", false, true)]
    [InlineData("[h264 @ 0x55] [error] error while decoding MB 10 16, bytestream -22", false, false)]
    [InlineData("[error] file:/v/Permission denied.mp4: corrupt input packet in stream 0", false, false)]
    public void A_line_of_ffmpeg_tells_of_the_disk_only_by_its_end(string line, bool tells, bool mayTell)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(line);
        Assert.Equal((tells, mayTell), (SourceReach.IsToldBy(bytes), SourceReach.MayBeToldBy(bytes)));
    }

    private static async Task<JobRecord> AssertWaitsThenCompletesAsync(SqliteJobStore store, string what, Action mend)
    {
        JobRecord waiting = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status is JobStatus.RetryWait or JobStatus.Dead)));
        Assert.True((waiting.Status, waiting.Reason, waiting.Attempt) == (JobStatus.RetryWait, ReasonCode.SourceUnreadable, 0), $"{what}: {waiting.Status} {waiting.Reason} {waiting.Attempt} {waiting.Message}");
        Assert.DoesNotContain("does not exist", waiting.Message, StringComparison.Ordinal);
        Assert.NotNull(waiting.Advice);

        mend();
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.True((job.Status, job.Attempt) == (JobStatus.Completed, 1), $"{what}: {job.Status} {job.Reason} {job.Message}");
        return waiting;
    }

    private (int Code, string Output) Run(string[] line)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    private static void Close(string path) => OtherUser.Mode("000", path);

    private static void Open(string path) => OtherUser.Mode("700", path);
}
