using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Intake;

/// <summary>What is watched, what is remembered, and what happens when the folder goes away.</summary>
public sealed class WatchedFolderTests
{
    private static Writers Nobody(string path) => Writers.None;

    public static TheoryData<string> OddNames =>
    [
        "two words.mp4", "it's \"quoted\".mp4", "a=b&c.mp4", "100 %20 %s.mp4", "👩🏽‍🔬🎬.mp4", "-y.mp4", "--help.mp4", "line\nbreak.mp4", "tab\there.mp4",
        "עברית وعربي.mp4", "\u202Eright-to-left.mp4", "back\\slash.mp4", "semi;colon|pipe>.mp4", "$(HOME)`x`.mp4", "nfd-e\u0301.mp4", "nfc-\u00E9.mp4",
        "file:x.mp4", "con.mp4", "no extension", "trailing dot.", "UPPER.MP4", new string('é', 125) + "a.mp4",
    ];

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task Every_name_the_file_system_allows_is_taken_as_it_is(string name)
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write($"{name}/{name}", age: 60);

        await inbox.ScanAsync();

        JobRecord job = Assert.Single(await inbox.JobsAsync());
        Assert.Equal(inbox[$"{name}/{name}"], job.Spec.Source.Path);
        Assert.Equal(name, job.Spec.SourceId);
        Assert.Equal([name], inbox.Decoder.Opened);
        inbox.Start();
        await inbox.ScanAsync();
        Assert.Single(await inbox.JobsAsync());
    }

    [Fact]
    public async Task Files_that_are_no_videos_by_their_names_are_named_in_the_log_once_and_counted_all_the_time()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("a.mp4", age: 60);
        inbox.Write("notes.txt");
        inbox.Write("day/photo.jpg");
        inbox.Write("a.mp4.ready");
        inbox.Write("b.mp4.part");
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 5);

        Assert.Equal("2 files: notes.txt, day/photo.jpg", inbox.Folder.LeftOut);
        Assert.Single(inbox.Log.Lines, line => line.Contains("notes.txt, day/photo.jpg", StringComparison.Ordinal));

        inbox.Write("day/photo2.jpg");
        await inbox.ScanAsync(after: 5);
        Assert.StartsWith("3 files: ", inbox.Folder.LeftOut, StringComparison.Ordinal);
        Assert.DoesNotContain(inbox.Log.Lines, line => line.Contains("photo2", StringComparison.Ordinal));

        inbox.Write("day/photo3.jpg");
        await inbox.ScanAsync(after: 5);
        Assert.Single(inbox.Log.Lines, line => line.Contains("photo3", StringComparison.Ordinal));   // twice as many as were told
        Assert.Null(inbox.Folder.Trouble);
    }

    [Fact]
    public async Task A_name_that_is_not_UTF8_is_told_once_and_stops_nothing()
    {
        await using Inbox inbox = new(Nobody);
        await inbox.ScanAsync();
        Clips.Run("sh", "-c", "printf video > \"$1/$(printf 'a\\377b.mp4')\"; mkdir \"$1/$(printf 'c\\377d')\"", "sh", inbox.Root);
        inbox.Write("fine.mp4", age: 60);

        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 5);

        Assert.Equal(["fine.mp4"], await inbox.TakenAsync());
        Assert.Contains("UTF-8", inbox.Waiting().Waiting, StringComparison.Ordinal);
        Assert.Contains("UTF-8", inbox.Folder.Trouble, StringComparison.Ordinal);
        Assert.Equal(2, inbox.Log.Warnings.Count);   // the file and the folder
    }

    [Theory]
    [InlineData(".hidden.mp4")]
    [InlineData("x.mp4.part")]
    [InlineData("x.mp4.tmp")]
    [InlineData("x.filepart")]
    [InlineData("x.mp4.crdownload")]
    [InlineData("x.mp4~")]
    [InlineData("x.txt")]
    [InlineData("x.JSON")]
    [InlineData("x.srt")]
    [InlineData("x.jpg")]
    [InlineData("x.wav")]
    [InlineData("x.mp4.ready")]
    [InlineData(".hidden/x.mp4")]
    [InlineData("study/@eaDir/x.mp4/SYNOPHOTO_FILM_M.mp4")]
    [InlineData("study/#recycle/x.mp4")]
    [InlineData("$RECYCLE.BIN/x.mp4")]
    [InlineData("study/lost+found/x.mp4")]
    [InlineData("done/x.mp4")]
    [InlineData("failed/x.mp4")]
    public async Task What_is_unfinished_hidden_or_surely_no_video_is_passed_over(string name)
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write(name, age: 60);

        await inbox.ScanAsync();

        Assert.Empty(await inbox.JobsAsync());
        Assert.Empty(inbox.Folder.Settling);
    }

    [Fact]
    public async Task Results_and_job_files_inside_the_inbox_are_not_taken_for_videos()
    {
        await using Inbox outer = new(Nobody);
        PoseBatch.Worker.Hosting.Settings settings = outer.Settings with { Output = new() { Root = outer["results"] }, Jobs = new() { Folder = outer["jobs"] } };
        JobSubmitter submitter = JobSubmitter.Open(outer.Store, settings);
        using WatchedFolder folder = new(submitter, outer.Store, outer.Decoder, settings, outer.Log, outer.Clock) { WritersOf = Nobody };
        outer.Write("results/x.mp4", age: 60);
        outer.Write("jobs/x.mp4", age: 60);
        outer.Write("a/results/x.mp4", age: 60);

        await folder.ScanAsync(TestContext.Current.CancellationToken);
        await folder.CheckDueAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["a/results/x.mp4"], await outer.TakenAsync());
    }

    [Fact]
    public async Task Results_lie_side_by_side_and_the_first_folder_is_the_group()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("study 7/p03/x.mp4", age: 60);
        inbox.Write("top.mp4", age: 60);

        await inbox.ScanAsync();

        IReadOnlyList<JobRecord> jobs = await inbox.JobsAsync();
        Assert.Equal(("study 7", null), (jobs[0].Spec.Group, jobs[0].Spec.Output.Path));
        Assert.Equal((null, null), (jobs[1].Spec.Group, jobs[1].Spec.Output.Path));
    }

    [Fact]
    public async Task Files_that_are_due_together_are_taken_in_the_order_of_their_names()
    {
        await using Inbox inbox = new(Nobody);
        string[] names = [.. Enumerable.Range(0, 50).Select(number => FormattableString.Invariant($"{number:00}.mp4"))];
        foreach (string name in names.Reverse())
        {
            inbox.Write(name, age: 60);
        }

        await inbox.ScanAsync();

        Assert.Equal(names, inbox.Decoder.Opened);
    }

    [Fact]
    public async Task A_folder_that_vanishes_is_not_a_folder_without_files()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("a/x.mp4", age: 60);
        await inbox.ScanAsync();
        Directory.Move(inbox.Root, inbox.Beside("away"));
        await inbox.ScanAsync(after: 5);
        await inbox.ScanAsync(after: 5);
        Assert.Contains("is not there", inbox.Folder.Trouble, StringComparison.Ordinal);
        Assert.False(Directory.Exists(inbox.Root));
        Assert.Single(inbox.Log.Warnings);

        Directory.Move(inbox.Beside("away"), inbox.Root);
        inbox.Write("b.mp4", age: 60);
        await inbox.ScanAsync(after: 5);

        Assert.Null(inbox.Folder.Trouble);
        Assert.Equal(["a/x.mp4", "b.mp4"], await inbox.TakenAsync());
        Assert.Equal(2, inbox.Store.SubmissionCount);
    }

    [Fact]
    public async Task A_sub_folder_that_comes_back_with_its_files_brings_no_job_again()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("share/x.mp4", age: 60);
        await inbox.ScanAsync();
        Directory.Move(inbox["share"], inbox.Beside("away"));
        await inbox.ScanAsync(after: 5);
        Directory.Move(inbox.Beside("away"), inbox["share"]);
        await inbox.ScanAsync(after: 5);

        Assert.Single(inbox.Decoder.Opened);
        Assert.Equal(1, inbox.Store.SubmissionCount);
    }

    [Fact]
    public async Task Results_and_job_files_within_the_inbox_are_left_alone_through_links_as_well()
    {
        await using Inbox inbox = new(Nobody);
        Directory.CreateDirectory(inbox.Beside("real/results"));
        Directory.CreateDirectory(inbox.Beside("real/jobs"));
        Directory.CreateSymbolicLink(inbox.Root, inbox.Beside("real"));
        Directory.CreateSymbolicLink(inbox.Settings.Output.Root, inbox.Beside("real/results"));
        Directory.CreateSymbolicLink(inbox.Settings.Jobs.Folder, inbox.Beside("real/jobs"));
        inbox.Write("results/x.kp/annotated.mp4", age: 60);
        inbox.Write("jobs/y.mp4", age: 60);
        inbox.Write("results2/z.mp4", age: 60);

        await inbox.ScanAsync();

        Assert.Equal(["results2/z.mp4"], await inbox.TakenAsync());
    }

    [Fact]
    public async Task A_mount_that_went_away_leaves_an_empty_folder_and_is_waited_for()
    {
        string? other = new[] { "/dev/shm", "/run" }.FirstOrDefault(place => Directory.Exists(place) && FileFacts.Of(place)?.Device != FileFacts.Of(Path.GetTempPath())?.Device);
        Assert.SkipWhen(other is null, "No second file system here.");
        await using Inbox inbox = new(Nobody);
        string mounted = Directory.CreateDirectory(Path.Combine(other, Path.GetRandomFileName())).FullName;
        try
        {
            // What a mount is to the path, a link is here: the same name on another file system.
            await File.WriteAllTextAsync(Path.Combine(mounted, "x.mp4"), "video", TestContext.Current.CancellationToken);
            Directory.CreateSymbolicLink(inbox.Root, mounted);
            await inbox.ScanAsync();
            await inbox.ScanAsync(after: 10);
            Assert.Single(await inbox.JobsAsync());
            Directory.Delete(inbox.Root);
            Directory.CreateDirectory(inbox.Root);
            await inbox.ScanAsync(after: 5);
            Assert.Contains("not mounted", inbox.Folder.Trouble, StringComparison.Ordinal);
            Directory.Delete(inbox.Root);
            Directory.CreateSymbolicLink(inbox.Root, mounted);

            await inbox.ScanAsync(after: 5);

            Assert.Null(inbox.Folder.Trouble);
            Assert.Equal(1, inbox.Store.SubmissionCount);
        }
        finally
        {
            Directory.Delete(mounted, recursive: true);
        }
    }

    [Fact]
    public async Task A_link_to_a_file_outside_the_roots_is_shown_and_neither_opened_nor_asked_about_again()
    {
        await using Inbox inbox = new(Nobody);
        await inbox.ScanAsync();
        string outside = Directory.CreateTempSubdirectory("posebatch-outside-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(outside, "secret.mp4"), "video", TestContext.Current.CancellationToken);
            File.CreateSymbolicLink(inbox["link.mp4"], Path.Combine(outside, "secret.mp4"));
            inbox.Write("own.mp4", age: 60);
            File.CreateSymbolicLink(inbox["inside.mp4"], inbox["own.mp4"]);
            await inbox.ScanAsync();
            await inbox.ScanAsync(after: 60);
            await inbox.ScanAsync(after: 60);
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }

        Assert.Equal(["inside.mp4", "own.mp4"], await inbox.TakenAsync());
        Assert.Contains("outside the allowed roots", inbox.Waiting().Waiting, StringComparison.Ordinal);
        Assert.Single(inbox.Log.Warnings);
    }

    [Fact]
    public async Task A_restart_submits_nothing_again_and_opens_nothing()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("a.mp4", age: 60);
        inbox.Write("b/c.mp4", age: 60);
        await inbox.ScanAsync();
        inbox.Start();

        await inbox.ScanAsync(after: 60);

        Assert.Equal(2, inbox.Store.SubmissionCount);
        Assert.Equal(2, inbox.Decoder.Opened.Count);
        Assert.Empty(inbox.Folder.Settling);
    }

    [Fact]
    public async Task A_scan_over_the_names_finds_new_files_and_a_thorough_one_also_changed_ones()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("a.mp4", age: 60);
        await inbox.ScanAsync();
        inbox.Write("a.mp4", "another", age: 60);
        inbox.Write("b.mp4", age: 60);
        await inbox.Folder.ScanNamesAsync(TestContext.Current.CancellationToken);
        await inbox.Folder.CheckDueAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["a.mp4", "b.mp4"], await inbox.TakenAsync());

        await inbox.ScanAsync();

        Assert.Equal(["a.mp4", "a.mp4", "b.mp4"], await inbox.TakenAsync());
    }

    [Fact]
    public async Task The_service_takes_what_is_there_and_what_comes_and_opens_two_files_at_once_at_most()
    {
        TaskCompletionSource bothOpen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource later = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int open = 0, most = 0;
        await using Inbox inbox = new(LookedAt, clock: TimeProvider.System, scanSeconds: 0.1);
        inbox.Decoder.WhileOpen = async _ =>
        {
            int now = Interlocked.Increment(ref open);
            InterlockedMax(ref most, now);
            if (now == 2)
            {
                bothOpen.TrySetResult();
            }

            await release.Task;
            Interlocked.Decrement(ref open);
        };
        for (int number = 0; number < 6; number++)
        {
            inbox.Write($"{number}.mp4", age: 60);
        }

        using StoreChanges changes = new(inbox.Beside("jobs.db"));
        await inbox.Folder.StartAsync(TestContext.Current.CancellationToken);
        await bothOpen.Task.WaitAsync(TestContext.Current.CancellationToken);
        inbox.Write("later.mp4", age: 60);   // scans go on although both checks are held up
        await later.Task.WaitAsync(TestContext.Current.CancellationToken);
        release.SetResult();
        while ((await inbox.JobsAsync()).Count < 7)
        {
            await changes.NextAsync(TestContext.Current.CancellationToken);
        }

        await inbox.Folder.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, most);

        Writers LookedAt(string path)
        {
            if (path.EndsWith("later.mp4", StringComparison.Ordinal))
            {
                later.TrySetResult();
            }

            return Writers.None;
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value)
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}
