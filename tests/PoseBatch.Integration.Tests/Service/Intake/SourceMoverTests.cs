using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary><c>Inbox:AfterJob = move</c>.</summary>
public sealed class SourceMoverTests
{
    private static Writers Nobody(string path) => Writers.None;

    [Fact]
    public async Task Finished_files_go_to_done_and_failed_ones_to_failed_with_their_folders_and_markers()
    {
        await using Inbox inbox = new(Nobody, "move");
        inbox.Write("s/a.mp4", "first", age: 60);
        inbox.Write("s/a.mp4.ready", string.Empty);
        inbox.Write("s/b.mp4", "second", age: 60);
        await inbox.ScanAsync();
        await inbox.EndNextAsync();
        await inbox.EndNextAsync(fails: true);

        await inbox.ScanAsync(after: 5);

        Assert.Equal("first", await File.ReadAllTextAsync(inbox["done/s/a.mp4"], TestContext.Current.CancellationToken));
        Assert.True(File.Exists(inbox["done/s/a.mp4.ready"]));
        Assert.Equal("second", await File.ReadAllTextAsync(inbox["failed/s/b.mp4"], TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(inbox["s"]));
        await inbox.ScanAsync(after: 5);
        Assert.Equal(2, (await inbox.JobsAsync()).Count);
    }

    [Fact]
    public async Task Nothing_is_overwritten()
    {
        await using Inbox inbox = new(Nobody, "move");
        inbox.Write("done/a.mp4", "earlier");
        inbox.Write("a.mp4", "later", age: 60);
        await inbox.ScanAsync();
        await inbox.EndNextAsync();

        await inbox.ScanAsync(after: 5);

        Assert.Equal("earlier", await File.ReadAllTextAsync(inbox["done/a.mp4"], TestContext.Current.CancellationToken));
        Assert.Equal("later", await File.ReadAllTextAsync(inbox["done/a (2).mp4"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_was_replaced_while_its_job_ran_stays_and_is_a_job_of_its_own()
    {
        await using Inbox inbox = new(Nobody, "move");
        inbox.Write("a.mp4", "first", age: 60);
        await inbox.ScanAsync();
        await inbox.EndNextAsync();
        inbox.Write("a.mp4", "another", age: 50);

        await inbox.ScanAsync(after: 5);

        Assert.True(File.Exists(inbox["a.mp4"]));
        Assert.Equal(2, (await inbox.JobsAsync()).Count);
    }

    [Fact]
    public async Task What_ended_while_the_service_was_down_is_moved_at_the_next_start()
    {
        await using Inbox inbox = new(Nobody, "move");
        inbox.Write("a.mp4", age: 60);
        inbox.Write("b.mp4", age: 60);
        await inbox.ScanAsync();
        await inbox.EndNextAsync();
        await inbox.EndNextAsync(fails: true);
        inbox.Start();

        await inbox.ScanAsync(after: 5);

        Assert.True(File.Exists(inbox["done/a.mp4"]));
        Assert.True(File.Exists(inbox["failed/b.mp4"]));
        Assert.Equal(2, inbox.Decoder.Opened.Count);
        Assert.Equal(JobStatus.Dead, (await inbox.JobsAsync())[1].Status);
    }

    [Fact]
    public async Task A_failed_file_that_is_put_in_again_is_tried_again()
    {
        await using Inbox inbox = new(Nobody, "move");
        inbox.Write("a.mp4", age: 60);
        await inbox.ScanAsync();
        await inbox.EndNextAsync(fails: true);
        await inbox.ScanAsync(after: 5);
        File.Move(inbox["failed/a.mp4"], inbox["a.mp4"]);

        await inbox.ScanAsync(after: 5);

        Assert.Equal(JobStatus.Queued, Assert.Single(await inbox.JobsAsync()).Status);
        await inbox.EndNextAsync();
        await inbox.ScanAsync(after: 5);
        Assert.True(File.Exists(inbox["done/a.mp4"]));
    }

    [Fact]
    public async Task A_file_that_is_no_video_goes_to_failed()
    {
        await using Inbox inbox = new(Nobody, "move");
        inbox.Decoder.Refuses = ScriptedDecoder.NotVideo;
        inbox.Write("a.mp4", age: 60);
        await inbox.ScanAsync();

        await inbox.ScanAsync(after: 5);

        Assert.True(File.Exists(inbox["failed/a.mp4"]));
    }

    [Fact]
    public async Task Without_move_nothing_is_touched()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("a.mp4", age: 60);
        await inbox.ScanAsync();
        await inbox.EndNextAsync();

        await inbox.ScanAsync(after: 5);

        Assert.Equal(["a.mp4"], Directory.GetFileSystemEntries(inbox.Root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("a.mp4", 2, "a (2).mp4")]
    [InlineData("no extension", 10, "no extension (10)")]
    public void A_taken_name_gets_a_number_before_its_extension(string name, int number, string expected) =>
        Assert.Equal(expected, AtomicMove.Numbered(name, number));

    [Fact]
    public void A_numbered_name_is_never_longer_than_a_file_system_allows()
    {
        // 125 letters of two bytes, one of one, four of the extension: 255. " (2)" takes four bytes, so two letters and more go.
        string numbered = AtomicMove.Numbered(new string('é', 125) + "a.mp4", 2);

        Assert.Equal(new string('é', 123) + " (2).mp4", numbered);
    }
}
