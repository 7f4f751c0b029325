using PoseBatch.JobStores.Sqlite;
using PoseBatch.Service;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Cli;

/// <summary>A file's name can hold anything but a slash; a line of a log or on a terminal cannot.</summary>
public sealed class PrintableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a\nb\r\tc", @"a\nb\r\tc")]
    [InlineData("\u001B[31mred\u0007\u007F", @"\u001B[31mred\u0007\u007F")]
    [InlineData("\u009B1A", @"\u009B1A")]
    [InlineData("\u202Egpj.mp4", @"\u202Egpj.mp4")]
    [InlineData("\u2066x\u2069\u2028y\u200F", @"\u2066x\u2069\u2028y\u200F")]
    public void What_cannot_be_printed_is_written_out(string text, string printed) => Assert.Equal(printed, Printable.Of(text));

    [Theory]
    [InlineData("")]
    [InlineData(@"C:\new\table.mp4")]
    [InlineData("d\u00E9j\u00E0 vu \U0001F600 \u05E9\u05DC\u05D5\u05DD\u00A0'\"=%s.mp4")]
    public void Everything_else_stays_as_it_is(string text) => Assert.Same(text, Printable.Of(text));

    [Fact]
    public async Task A_name_with_a_line_break_makes_no_line_of_its_own_in_the_log_nor_in_a_list()
    {
        const string Name = "x\n00:00:00 INF forged \u001B[2J.mp4";
        await using RunningService service = await RunningService.StartAsync(_folder[""]);
        await using SqliteJobStore store = service.OpenStore();
        await File.WriteAllTextAsync(_folder["inbox/" + Name], "this is no video", TestContext.Current.CancellationToken);
        await RunningService.JobsAsync(store, RunningService.AllOver(1));
        Assert.Equal(0, await service.StopAsync());

        PoseBatchProgram.Ended list = await PoseBatchProgram.RunAsync(_folder[""], "jobs", "list");
        PoseBatchProgram.Ended show = await PoseBatchProgram.RunAsync(_folder[""], "jobs", "show", (await store.ListAsync(new(), TestContext.Current.CancellationToken))[0].Id);
        Assert.All([service.LogText, list.Output, show.Output], text =>
        {
            Assert.Contains(@"x\n00:00:00 INF forged", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\n00:00:00 INF forged", text, StringComparison.Ordinal);
            Assert.DoesNotContain('\u001B', text);
        });
    }

    [Theory]
    [InlineData("Max open files            64                   1048576              files     ", true)]
    [InlineData("Max open files            1024                 1048576              files     ", false)]
    [InlineData("Max open files            unlimited            unlimited            files     ", false)]
    [InlineData("Max stack size            64                   unlimited            bytes     ", false)]
    public void A_limit_of_open_files_that_is_too_low_is_told(string line, bool isTooLow) =>
        Assert.Equal(isTooLow, OpenFilesLimit.ProblemOf(["Limit                     Soft Limit           Hard Limit           Units     ", line]) is not null);

    [Fact]
    public async Task With_a_limit_of_64_open_files_the_program_says_what_to_do()
    {
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunInShellAsync(_folder[""], "ulimit -n 64; \"$0\" run");

        Assert.Equal(ExitCode.NotReady, ended.ExitCode);
        Assert.Contains("ulimit -n 4096", ended.Errors, StringComparison.Ordinal);
        Assert.Single(ended.Errors.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("both", "inbox", "Inbox:Path and Output:Root")]
    [InlineData("results", "both", "Inbox:Path and Jobs:Folder")]
    public async Task One_folder_for_two_purposes_stops_the_start(string output, string jobs, string says)
    {
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunInShellAsync(
            _folder[""], $"POSEBATCH__Jobs__Folder={jobs} \"$0\" run --inbox both --out {output} --url http://127.0.0.1:0");

        Assert.Equal(ExitCode.Usage, ended.ExitCode);
        Assert.Contains(says, ended.Errors, StringComparison.Ordinal);
    }
}
