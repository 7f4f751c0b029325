using System.Diagnostics;
using System.Text.RegularExpressions;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Onnx.Runtime;
using PoseBatch.Service;

namespace PoseBatch.Cases;

/// <summary>
/// Case r-runtime-calls-home: nobody is called, and nothing is left behind or handed on. Looked at from outside, with strace: libraries
/// decide for themselves what they do.
/// </summary>
public sealed partial class SilenceTests : IDisposable
{
    private const string Traced = "trace=%network,open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,symlinkat";

    private readonly TemporaryFolder _folder = new();

    public SilenceTests()
    {
        Directory.CreateDirectory(_folder["home"]);
        Directory.CreateDirectory(_folder["tmp"]);
        Directory.CreateDirectory(_folder["place"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_of_half_a_minute_asks_nobody_and_makes_no_file_outside_its_output()
    {
        // What ONNX Runtime has to tell it sends after 10 s; 6,000 frames take longer than that.
        string[] trace = await TraceAsync(["process", LongVideo(6000), "--out", _folder["place/results"], "--json"]);

        Assert.Contains(trace, line => line.Contains("/place/results/", StringComparison.Ordinal) && line.Contains("O_CREAT", StringComparison.Ordinal));
        AssertSilent(trace, "/place/results");
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("models list")]
    public async Task Other_verbs_are_as_silent(string line) => AssertSilent(await TraceAsync(line.Split(' ')), output: null);

    [Fact]
    public async Task The_service_listens_where_it_was_told_asks_nobody_and_writes_where_it_was_told()
    {
        SkipWithoutStrace();
        Directory.CreateDirectory(_folder["place/inbox"]);
        TestVideos.Short(_folder["place/inbox/walk.mp4"], 2);
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["place/posebatch.db"], TimeProvider.System);
        using Process tracer = PoseBatchProgram.StartInShell(_folder["place"], Line("POSEBATCH__Inbox__SettleSeconds=0", ["run", "--url", "http://127.0.0.1:0"]));
        try
        {
            JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
            Assert.Equal(JobStatus.Completed, job.Status);
        }
        finally
        {
            int service = ProcessFacts.Descendants(tracer.Id).Min();
            SystemProgram.Run("kill", "-TERM", FormattableString.Invariant($"{service}"));
        }

        await tracer.WaitForExitAsync(TestContext.Current.CancellationToken);
        string[] trace = await File.ReadAllLinesAsync(_folder["trace"], TestContext.Current.CancellationToken);
        Assert.Contains(trace, line => Call(line) == "bind" && line.Contains("127.0.0.1", StringComparison.Ordinal));
        AssertSilent([.. trace.Where(line => !IsOfItsOwnServer(line))], "/place");
        AssertNothingIsLeft();
    }

    [Fact]
    public void A_process_that_uses_the_library_without_the_program_is_silent_too()
    {
        // This test is such a process.
        Assert.StartsWith("ONNX Runtime ", OrtRuntime.Version, StringComparison.Ordinal);
        Assert.Equal("1", Environment.GetEnvironmentVariable("ORT_DISABLE_TELEMETRY"));
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), $"mat-debug-{Environment.ProcessId}.log"));
    }

    [Fact]
    public async Task Children_get_no_descriptor_but_their_three()
    {
        string video = LongVideo(20_000);

        // Started by somebody who has more open: the shell's lock, for example.
        using Process process = PoseBatchProgram.StartInShell(_folder["place"], $"exec 7<'{PoseBatchProgram.DemoClip}'; exec \"$0\" process '{video}' --out results --json");
        try
        {
            // A child that has opened the video is past its own start.
            string[][] readers = [];
            while (readers.Length == 0 && !process.HasExited)
            {
                await Task.Yield();
                readers = [.. ProcessFacts.Descendants(process.Id).Select(Handles).Where(handles => handles.Contains(video))];
            }

            // Its three, and the video, which it opened itself.
            Assert.NotEmpty(readers);
            Assert.All(readers, handles =>
            {
                string[] given = [.. handles.Where(handle => handle != video)];
                Assert.True(
                    given.Length == 3 && given.All(handle => handle == "/dev/null" || handle.StartsWith("pipe:", StringComparison.Ordinal) || handle.StartsWith("socket:", StringComparison.Ordinal)),
                    string.Join(", ", handles));
            });
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData(null, false)]
    public async Task The_diagnostics_of_the_runtime_are_off_unless_asked_for(string? setting, bool isOn)
    {
        string[] trace = await TraceAsync(["models", "list"], setting);

        Assert.Equal(isOn, trace.Any(line => line.Contains("dotnet-diagnostic-", StringComparison.Ordinal)));
        Assert.Equal(isOn, trace.Any(line => line.Contains("clr-debug-pipe-", StringComparison.Ordinal)));
    }

    private static bool IsOfItsOwnServer(string line) =>
        (Call(line) is "bind" && line.Contains("127.0.0.1", StringComparison.Ordinal))
        || Call(line) is "listen" || (Call(line) is "socket" && line.Contains("AF_INET", StringComparison.Ordinal));

    private static void AssertSilent(string[] trace, string? output)
    {
        // No connection to anybody, a name service of this machine included, and no datagram.
        Assert.DoesNotContain(trace, line => Call(line) is "connect" or "sendto" or "sendmsg" or "sendmmsg" or "bind" or "listen");
        Assert.DoesNotContain(trace, line => Call(line) == "socket" && line.Contains("AF_INET", StringComparison.Ordinal));
        string[] made =
        [
            .. trace.Where(line => Call(line) is "creat" or "mkdir" or "mkdirat" or "mknod" or "mknodat" or "rename" or "renameat" or "renameat2" or "link" or "linkat" or "symlink" or "symlinkat"
                    || line.Contains("O_CREAT", StringComparison.Ordinal))
                .Where(line => (output is null || !line.Contains(output, StringComparison.Ordinal)) && !line.Contains("\"/dev/null\"", StringComparison.Ordinal)),
        ];
        Assert.Empty(made);
    }

    private static string Call(string line) => CallName().Match(line).Groups[1].Value;

    private static string[] Handles(int process)
    {
        try
        {
            return [.. Directory.GetFileSystemEntries($"/proc/{process}/fd").Select(handle => new FileInfo(handle).LinkTarget).OfType<string>()];
        }
        catch (IOException)
        {
            return [];   // it is gone
        }
        catch (UnauthorizedAccessException)
        {
            return [];   // it is only beginning
        }
    }

    private static void SkipWithoutStrace()
    {
        if (SystemProgram.Run("strace", "-V"))
        {
            return;
        }

        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "strace is not installed.");
        Assert.Fail("strace is not installed, and with CI=true it is not optional.");
    }

    private string LongVideo(int frames)
    {
        string video = _folder[$"video{frames}.mp4"];
        Clips.Make("-f", "lavfi", "-i", $"testsrc=size=320x240:rate=10:duration={frames / 10}", "-c:v", "libx264", "-preset", "ultrafast", video);
        return video;
    }

    /// <summary>What a verb and all its children ask of the kernel, one call a line.</summary>
    private async Task<string[]> TraceAsync(string[] words, string? diagnostics = null)
    {
        SkipWithoutStrace();
        string setting = diagnostics is null ? string.Empty : $"DOTNET_EnableDiagnostics={diagnostics}";
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunInShellAsync(_folder["place"], Line(setting, words));
        Assert.True(ended.ExitCode == 0, ended.Errors);
        AssertNothingIsLeft();
        return await File.ReadAllLinesAsync(_folder["trace"], TestContext.Current.CancellationToken);
    }

    private void AssertNothingIsLeft()
    {
        Assert.Empty(Directory.GetFileSystemEntries(_folder["home"]));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["tmp"]));
    }

    // "$0" is the program. What the tests themselves run with must not decide; a service manager sets no SHELL.
    private string Line(string setting, string[] words) =>
        $"exec env -u DOTNET_EnableDiagnostics -u SHELL {setting} HOME='{_folder["home"]}' TMPDIR='{_folder["tmp"]}' "
        + $"strace -f -qq -o '{_folder["trace"]}' -e {Traced} \"$0\" {string.Join(' ', words.Select(word => $"'{word}'"))}";

    [GeneratedRegex(@"^\d+ +([a-z0-9_]+)\(")]
    private static partial Regex CallName();
}
