using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>No file is started before it is whole (P8).</summary>
public sealed class SettlingTests
{
    private static Writers Nobody(string path) => Writers.None;

    private static Writers Hidden(string path) => Writers.Unknown;

    [Fact]
    public async Task A_copy_that_pauses_longer_than_the_window_waits_until_its_writer_closes_it()
    {
        await using Inbox inbox = new();
        await inbox.ScanAsync();
        RequireLeases(inbox);
        await using (FileStream copy = new(inbox["slow.mp4"], FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite))
        {
            await copy.WriteAsync("first half"u8.ToArray(), TestContext.Current.CancellationToken);
            await copy.FlushAsync(TestContext.Current.CancellationToken);
            for (int pause = 0; pause < 6; pause++)
            {
                await inbox.ScanAsync(after: 30);
            }

            Assert.Empty(await inbox.JobsAsync());
            Assert.Contains("another program", inbox.Waiting().Waiting, StringComparison.Ordinal);
            await copy.WriteAsync("second half"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        await inbox.ScanAsync();   // its size is new
        await inbox.ScanAsync(after: 2);
        Assert.Contains("does not say where it ends", inbox.Waiting().Waiting, StringComparison.Ordinal);
        Assert.Empty(await inbox.JobsAsync());
        await inbox.ScanAsync(after: 8);

        Assert.Equal(["slow.mp4"], await inbox.TakenAsync());
        Assert.Empty(inbox.Folder.Settling);
    }

    [Fact]
    public async Task Where_writers_cannot_be_seen_a_file_must_be_unchanged_for_the_whole_window()
    {
        await using Inbox inbox = new(Hidden);
        await inbox.ScanAsync();
        inbox.Write("remote.mp4", age: 3600);   // an old time of change proves nothing there: some tools set it first
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 9.9);
        Assert.Empty(await inbox.JobsAsync());
        Assert.Equal("unchanged for 9 of 10 s", inbox.Waiting().Waiting);

        await inbox.ScanAsync(after: 0.1);

        Assert.Equal(["remote.mp4"], await inbox.TakenAsync());
    }

    [Fact]
    public async Task Every_change_starts_the_window_again_whether_the_file_grows_or_shrinks()
    {
        await using Inbox inbox = new(Hidden);
        await inbox.ScanAsync();
        inbox.Write("x.mp4", "0123456789");
        await inbox.ScanAsync();
        inbox.Clock.Advance(9);
        inbox.Change("x.mp4", "01", cut: true);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 9);
        inbox.Change("x.mp4", "23456789abc");
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 9);
        Assert.Empty(await inbox.JobsAsync());

        await inbox.ScanAsync(after: 1);

        JobRecord job = Assert.Single(await inbox.JobsAsync());
        Assert.Equal(JobStatus.Queued, job.Status);
        Assert.Equal("folder", job.Origin);
    }

    [Fact]
    public async Task A_change_while_the_container_is_open_starts_the_window_again()
    {
        await using Inbox inbox = new(Hidden);
        inbox.Write("x.mp4");
        await inbox.ScanAsync();
        inbox.Decoder.WhileOpen = _ =>
        {
            inbox.Clock.Advance(1);
            inbox.Change("x.mp4", "more");
            inbox.Decoder.WhileOpen = _ => Task.CompletedTask;
            return Task.CompletedTask;
        };
        await inbox.ScanAsync(after: 10);
        Assert.Empty(await inbox.JobsAsync());

        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 10);

        Assert.Single(await inbox.JobsAsync());
    }

    [Fact]
    public async Task A_file_that_was_moved_in_is_taken_at_once()
    {
        await using Inbox inbox = new(Nobody);
        await inbox.ScanAsync();
        string outside = inbox.Beside("ready.mp4");
        await File.WriteAllTextAsync(outside, "video", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(outside, inbox.Clock.GetUtcNow().UtcDateTime.AddMinutes(-1));
        File.Move(outside, inbox["ready.mp4"]);

        await inbox.ScanAsync();

        Assert.Equal(["ready.mp4"], await inbox.TakenAsync());
    }

    [Theory]
    [InlineData("-p")]   // a copy that keeps its time of change
    [InlineData("-l")]   // a hard link
    public async Task An_old_file_that_is_copied_with_its_time_or_linked_is_taken_at_once(string how)
    {
        await using Inbox inbox = new();
        await inbox.ScanAsync();
        RequireLeases(inbox);
        string outside = inbox.Beside("old.mp4");
        await File.WriteAllTextAsync(outside, "video", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(outside, inbox.Clock.GetUtcNow().UtcDateTime.AddDays(-1));
        Clips.Run("cp", how, outside, inbox["old.mp4"]);

        await inbox.ScanAsync();

        Assert.Equal(["old.mp4"], await inbox.TakenAsync());
    }

    [Fact]
    public async Task A_copy_under_an_unfinished_name_is_not_seen_and_its_rename_makes_it_whole_at_once()
    {
        await using Inbox inbox = new(Hidden);
        inbox.Write(".x.mp4.k3jd8F", "half");
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 60);
        Assert.Empty(inbox.Folder.Settling);
        File.Move(inbox[".x.mp4.k3jd8F"], inbox["x.mp4"]);
        inbox.Folder.RenamedIn("x.mp4");

        await inbox.ScanAsync();

        Assert.Equal(["x.mp4"], await inbox.TakenAsync());
    }

    [Fact]
    public async Task A_rename_says_nothing_of_what_is_written_afterwards()
    {
        await using Inbox inbox = new(Hidden);
        await inbox.ScanAsync();
        inbox.Write("x.mp4");
        inbox.Folder.RenamedIn("x.mp4");
        inbox.Clock.Advance(1);
        inbox.Change("x.mp4", "more");
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 9);

        Assert.Empty(await inbox.JobsAsync());
    }

    [Fact]
    public async Task A_ready_marker_starts_a_file_at_once_but_not_one_that_changed_after_it()
    {
        await using Inbox inbox = new(Hidden);
        await inbox.ScanAsync();
        inbox.Write("a.mp4");
        inbox.Write("a.mp4.ready", string.Empty);
        inbox.Write("b.mp4.ready", string.Empty);
        inbox.Clock.Advance(1);
        inbox.Write("b.mp4");

        await inbox.ScanAsync();

        Assert.Equal(["a.mp4"], await inbox.TakenAsync());
    }

    [Fact]
    public async Task An_empty_file_waits_and_fails_when_it_stays_empty_beyond_the_limit()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("empty.mp4", string.Empty, age: 3600);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 3599);
        Assert.Equal("empty so far", inbox.Waiting().Waiting);
        Assert.Empty(await inbox.JobsAsync());

        await inbox.ScanAsync(after: 1);

        JobRecord job = Assert.Single(await inbox.JobsAsync());
        Assert.Equal((JobStatus.Dead, ReasonCode.SourceUnsettled), (job.Status, job.Reason));
        Assert.Contains("3600 s", job.Message, StringComparison.Ordinal);
        Assert.Empty(inbox.Decoder.Opened);
    }

    [Fact]
    public async Task A_file_without_its_index_is_opened_again_when_it_has_grown_and_not_before()
    {
        await using Inbox inbox = new(Nobody);
        bool isWhole = false;
        inbox.Decoder.Refuses = path => isWhole ? null : ScriptedDecoder.Unsettled(path);
        inbox.Write("x.mp4", age: 60);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 600);
        Assert.Single(inbox.Decoder.Opened);
        Assert.Contains("no index", inbox.Waiting().Waiting, StringComparison.Ordinal);
        isWhole = true;
        inbox.Change("x.mp4", "moov");
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 10);

        Assert.Equal(JobStatus.Queued, Assert.Single(await inbox.JobsAsync()).Status);
        Assert.Equal(2, inbox.Decoder.Opened.Count);
    }

    [Fact]
    public async Task A_file_whose_index_never_comes_fails_after_the_limit_with_the_decoders_words()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Decoder.Refuses = ScriptedDecoder.Unsettled;
        inbox.Write("x.mp4", age: 60);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 3600);

        JobRecord job = Assert.Single(await inbox.JobsAsync());
        Assert.Equal((JobStatus.Dead, ReasonCode.SourceUnsettled), (job.Status, job.Reason));
        Assert.Contains("no index", job.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_mp4_that_is_cut_before_its_index_waits_and_is_taken_when_the_rest_has_come()
    {
        await using Inbox inbox = new(Nobody, decoder: Clips.Decoder);
        byte[] whole = await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "tests", "data", "clips", "two-people.mp4"), TestContext.Current.CancellationToken);
        string path = inbox.Beside("plain.mp4");
        await File.WriteAllBytesAsync(path, whole, TestContext.Current.CancellationToken);
        string tail = inbox.Beside("tail.mp4");
        Clips.Make("-i", path, "-c", "copy", tail);   // without faststart the index stands at the end
        byte[] bytes = await File.ReadAllBytesAsync(tail, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(inbox.Root);
        await File.WriteAllBytesAsync(inbox["x.mp4"], bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(inbox["x.mp4"], inbox.Clock.GetUtcNow().UtcDateTime);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 2);
        Assert.Contains("before its container says", inbox.Waiting().Waiting, StringComparison.Ordinal);
        await inbox.ScanAsync(after: 58);
        Assert.Empty(await inbox.JobsAsync());
        Assert.Contains("moov", inbox.Waiting().Waiting, StringComparison.Ordinal);

        await File.WriteAllBytesAsync(inbox["x.mp4"], bytes, TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(inbox["x.mp4"], inbox.Clock.GetUtcNow().UtcDateTime);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 2);

        Assert.Equal(JobStatus.Queued, Assert.Single(await inbox.JobsAsync()).Status);
    }

    [Theory]
    [InlineData("front.mp4", true)]
    [InlineData("x.mkv", true)]
    [InlineData("x.avi", true)]
    [InlineData("x.ts", false)]
    public async Task A_copy_whose_writer_closes_it_between_its_parts_is_waited_for(string name, bool saysItsLength)
    {
        await using Inbox inbox = new(Nobody, decoder: Clips.Decoder);
        string path = inbox.Beside(name);
        string[] how = name == "front.mp4" ? ["-c", "copy", "-movflags", "+faststart"] : name == "x.avi" ? ["-c", "mjpeg"] : ["-c", "copy"];
        Clips.Make(["-i", Path.Combine(Repository.Root, "tests", "data", "clips", "two-people.mp4"), .. how, path]);
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(inbox.Root);
        async Task WriteAsync(double share)
        {
            await File.WriteAllBytesAsync(inbox[name], bytes[..(int)(bytes.Length * share)], TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(inbox[name], inbox.Clock.GetUtcNow().UtcDateTime);
            await inbox.ScanAsync();
        }

        foreach (double share in new[] { 0.3, 0.6, 0.9 })
        {
            await WriteAsync(share);
            await inbox.ScanAsync(after: saysItsLength ? 59 : 9);
            Assert.Empty(await inbox.JobsAsync());
        }

        await WriteAsync(1);
        await inbox.ScanAsync(after: saysItsLength ? 2 : 10);

        Assert.Equal(JobStatus.Queued, Assert.Single(await inbox.JobsAsync()).Status);
    }

    [Fact]
    public async Task A_copy_that_was_cut_off_for_good_is_taken_as_it_is_after_six_windows()
    {
        await using Inbox inbox = new(Nobody, decoder: Clips.Decoder);
        string path = inbox.Beside("front.mp4");
        Clips.Make("-i", Path.Combine(Repository.Root, "tests", "data", "clips", "two-people.mp4"), "-c", "copy", "-movflags", "+faststart", path);
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(inbox.Root);
        await File.WriteAllBytesAsync(inbox["cut.mp4"], bytes[..^1000], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(inbox["cut.mp4"], inbox.Clock.GetUtcNow().UtcDateTime);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 59.9);
        Assert.Empty(await inbox.JobsAsync());
        Assert.Contains(FormattableString.Invariant($"({bytes.Length - 1000:N0} of {bytes.Length:N0} bytes are there)"), inbox.Waiting().Waiting, StringComparison.Ordinal);

        await inbox.ScanAsync(after: 0.1);

        Assert.Equal(JobStatus.Queued, Assert.Single(await inbox.JobsAsync()).Status);
    }

    [Fact]
    public async Task A_file_that_is_no_video_is_a_dead_job_at_once()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Decoder.Refuses = ScriptedDecoder.NotVideo;
        inbox.Write("fake.mp4", age: 60);

        await inbox.ScanAsync();

        JobRecord job = Assert.Single(await inbox.JobsAsync());
        Assert.Equal((JobStatus.Dead, ReasonCode.NotVideo, "Name another."), (job.Status, job.Reason, job.Advice));
    }

    [Fact]
    public async Task A_FIFO_named_like_a_video_is_a_dead_job_and_nobody_waits_for_its_other_end()
    {
        await using Inbox inbox = new(decoder: Clips.Decoder);
        await inbox.ScanAsync();
        Clips.Run("mkfifo", inbox["pipe.mp4"]);

        await inbox.ScanAsync();

        JobRecord job = Assert.Single(await inbox.JobsAsync());
        Assert.Equal((JobStatus.Dead, ReasonCode.NotVideo), (job.Status, job.Reason));
        Assert.Contains("FIFO", job.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_named_like_a_video_is_a_folder()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("day.mp4/take.mp4", age: 60);

        await inbox.ScanAsync();

        Assert.Equal(["day.mp4/take.mp4"], await inbox.TakenAsync());
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_waits_and_says_so_however_long_it_takes()
    {
        Writers writers = Writers.Unreadable;
        await using Inbox inbox = new(_ => writers);
        inbox.Write("locked.mp4", age: 60);
        await inbox.ScanAsync();
        Assert.Contains("may not be read", inbox.Waiting().Waiting, StringComparison.Ordinal);
        Assert.Empty(await inbox.JobsAsync());

        await inbox.ScanAsync(after: 100_000);
        Assert.Contains("give it the right", inbox.Waiting().Waiting, StringComparison.Ordinal);
        Assert.Empty(await inbox.JobsAsync());

        writers = Writers.None;
        await inbox.ScanAsync(after: 5);
        Assert.Equal(JobStatus.Queued, Assert.Single(await inbox.JobsAsync()).Status);
    }

    [Fact]
    public async Task A_file_that_is_replaced_is_another_job_and_one_that_is_not_is_none()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("x.mp4", "first", age: 60);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 5);
        inbox.Write("x.mp4", "other", age: 50);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 5);

        Assert.Equal(["x.mp4", "x.mp4"], await inbox.TakenAsync());
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_it_waits_is_taken_once_as_the_new_one()
    {
        await using Inbox inbox = new(Hidden);
        inbox.Write("x.mp4", "first");
        await inbox.ScanAsync();
        inbox.Clock.Advance(5);
        inbox.Write("y", "second, longer");
        File.Move(inbox["y"], inbox["x.mp4"], overwrite: true);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 9);
        Assert.Empty(await inbox.JobsAsync());
        await inbox.ScanAsync(after: 1);

        Assert.Single(await inbox.JobsAsync());
    }

    [Fact]
    public async Task A_store_that_is_away_loses_no_file_and_costs_no_second_look_into_it()
    {
        await using Inbox inbox = new(Nobody);
        await inbox.ScanAsync();
        inbox.Write("x.mp4", age: 60);
        inbox.Store.IsAway = true;
        await inbox.ScanAsync();
        Assert.Contains("job store", inbox.Folder.Trouble, StringComparison.Ordinal);
        inbox.Store.IsAway = false;

        await inbox.ScanAsync(after: 5);

        Assert.Equal(["x.mp4"], await inbox.TakenAsync());
        Assert.Single(inbox.Decoder.Opened);
        await inbox.ScanAsync(after: 5);
        Assert.Null(inbox.Folder.Trouble);
    }

    private static void RequireLeases(Inbox inbox)
    {
        string probe = inbox.Beside("probe");
        File.WriteAllText(probe, "x");
        Assert.SkipUnless(WriterProbe.Of(probe) == Writers.None, "This file system grants no leases.");
    }
}
