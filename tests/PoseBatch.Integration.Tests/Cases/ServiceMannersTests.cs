using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Service;
using PoseBatch.Service.Api;

namespace PoseBatch.Cases;

/// <summary>Small promises of the service that its users rely on.</summary>
public sealed partial class ServiceMannersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_upload_is_answered_when_its_content_and_its_name_are_on_disk()
    {
        Assert.SkipUnless(SystemProgram.Run("strace", "-f", "-o", "/dev/null", "true"), "Needs strace and the right to trace.");
        string trace = _folder["trace"];
        await using RunningService service = await RunningService.StartAsync(
            ["strace", "-f", "-y", "-e", "trace=fsync,rename,renameat,renameat2,link,linkat", "-o", trace, "--"], _folder.Path, ("Inbox:SettleSeconds", "3600"));
        using HttpClient client = new() { BaseAddress = service.Url };
        using ByteArrayContent body = new(new byte[100_000]);
        using HttpResponseMessage answer = await client.PutAsync("/api/uploads/clip.mp4", body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);

        // A call is written down when it returns, and all of these have returned before the answer came.
        string[] calls = await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken);
        int content = Array.FindIndex(calls, call => call.Contains("fsync(", StringComparison.Ordinal) && call.Contains("/inbox/.posebatch-upload-", StringComparison.Ordinal));
        int named = Array.FindIndex(calls, call => (call.Contains("rename", StringComparison.Ordinal) || call.Contains("link", StringComparison.Ordinal)) && call.Contains("/inbox/clip.mp4", StringComparison.Ordinal));
        int folder = Array.FindLastIndex(calls, call => call.Contains("fsync(", StringComparison.Ordinal) && call.Contains("/inbox>", StringComparison.Ordinal));
        Assert.True(content >= 0 && content < named && named < folder, $"content {content}, name {named}, folder {folder}:\n{string.Join('\n', calls)}");
    }

    [Theory]
    [InlineData("/healthz/live", 200)]
    [InlineData("/healthz/ready", 200)]
    [InlineData("/api/jobs", 421)]
    public async Task Health_checks_of_the_simplest_kind_are_answered_on_loopback_and_nothing_else(string path, int status)
    {
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, service.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.0\r\n\r\n"), TestContext.Current.CancellationToken);

        using StreamReader answer = new(client.GetStream(), Encoding.ASCII);
        Assert.StartsWith($"HTTP/1.1 {status} ", await answer.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_health_check_that_names_another_host_is_turned_away()
    {
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, service.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("GET /healthz/live HTTP/1.0\r\nHost: example.org\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        using StreamReader answer = new(client.GetStream(), Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 421 ", await answer.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_folder_that_may_not_be_written_is_waited_for_and_is_no_full_disk()
    {
        OtherUser.Require();
        Directory.CreateDirectory(_folder["results"]);
        TestVideos.Short(_folder["clip.mp4"]);
        OtherUser.Own(_folder.Path);
        OtherUser.Mode("500", _folder["results"]);
        await using RunningService service = await RunningService.StartAsync(
            OtherUser.Launcher, _folder.Path, ("Jobs:RetrySeconds", "0.2"), ("Jobs:MaxAttempts", "1"), ("Inbox:Path", string.Empty));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "clip.mp4" } });

        JobRecord waiting = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status is JobStatus.RetryWait or JobStatus.Dead)));
        Assert.Equal((JobStatus.RetryWait, ReasonCode.OutputUnwritable, 0), (waiting.Status, waiting.Reason, waiting.Attempt));
        Assert.Contains("may not be written by the user 'nobody'", waiting.Message, StringComparison.Ordinal);
        Assert.Contains("the right to write", waiting.Advice, StringComparison.Ordinal);
        Assert.Contains("output_unwritable", (await service.AskAsync("/healthz/ready")).Body.ToString(), StringComparison.Ordinal);

        OtherUser.Mode("700", _folder["results"]);
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));
    }

    [Fact]
    public async Task The_log_names_each_provider_once_and_counts_in_seconds()
    {
        TestVideos.Short(_folder["clip.mp4"]);
        await using RunningService service = await RunningService.StartAsync(_folder.Path, ("Inbox:Path", string.Empty));
        await using SqliteJobStore store = service.OpenStore();

        // Three networks are loaded: one for each number of frames in a batch.
        foreach (int batch in new[] { 1, 2, 3 })
        {
            await service.SubmitAsync(new { source = new { path = "clip.mp4" }, inference = new { batch }, frames = new { stride = batch } });
        }

        await RunningService.JobsAsync(store, RunningService.AllOver(3));
        Assert.Equal(0, await service.StopAsync());
        string[] refused = [.. ProviderLine().Matches(service.LogText).Select(line => line.Value)];
        Assert.Equal(refused.Distinct(), refused);
        Assert.Equal(3, CompletedLine().Count(service.LogText));
    }

    [GeneratedRegex(@"Provider \S+ is not used.*")]
    private static partial Regex ProviderLine();

    [GeneratedRegex(@"completed: \d+ frames, \d+ poses in \d+\.\d s; ")]
    private static partial Regex CompletedLine();
}
