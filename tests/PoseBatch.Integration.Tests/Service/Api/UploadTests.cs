using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Api;

namespace PoseBatch.Service.Api;

/// <summary>Videos that come in over HTTP.</summary>
public class UploadTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task An_upload_lies_in_the_watched_folder_under_its_name(string method)
    {
        await using TestService service = await TestService.StartAsync();
        byte[] content = [.. Enumerable.Range(0, 1_000_000).Select(i => (byte)(i * 31))];
        using HttpResponseMessage answer = await SendAsync(service, method, "my walk.mp4", content);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("my walk.mp4", (await TestService.JsonAsync(answer)).GetProperty("name").GetString());
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(service.Inbox, "my walk.mp4"), Stop));
        Assert.Single(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Fact]
    public async Task An_upload_ends_with_the_service_and_leaves_nothing()
    {
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        EndlessContent content = new();
        Task<HttpResponseMessage> sending = service.Client.PutAsync("/api/uploads/a.mp4", content, Stop);
        while (!Directory.EnumerateFileSystemEntries(service.Inbox).Any())
        {
            Stop.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Task stopping = service.StopAsync();   // says so before it waits
        content.End.SetResult();
        using HttpResponseMessage answer = await sending;
        await stopping;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("stopping", (await TestService.JsonAsync(answer)).GetProperty("code").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    /// <summary>A body that begins, and goes on when it is told to.</summary>
    private sealed class EndlessContent : HttpContent
    {
        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[1000], Stop);
            await stream.FlushAsync(Stop);
            await End.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    [Fact]
    public async Task A_name_that_is_taken_gets_a_number_and_nothing_is_overwritten()
    {
        await using TestService service = await TestService.StartAsync();
        await SendAsync(service, "PUT", "a.mp4", [1]);
        using HttpResponseMessage second = await SendAsync(service, "PUT", "a.mp4", [2]);

        Assert.Equal("a-2.mp4", (await TestService.JsonAsync(second)).GetProperty("name").GetString());
        Assert.Equal([1], await File.ReadAllBytesAsync(Path.Combine(service.Inbox, "a.mp4"), Stop));
        Assert.Equal([2], await File.ReadAllBytesAsync(Path.Combine(service.Inbox, "a-2.mp4"), Stop));
    }

    [Theory]
    [InlineData("a.mp4", "a.mp4")]
    [InlineData("../../a.mp4", "a.mp4")]
    [InlineData("C:\\videos\\a.mp4", "a.mp4")]
    [InlineData("/etc/passwd", "passwd")]
    [InlineData(".hidden.mp4", "hidden.mp4")]
    [InlineData("...mp4", "mp4")]
    [InlineData(" a b .mp4 ", "a b .mp4")]
    [InlineData("a:b*c?.mp4", "a_b_c_.mp4")]
    [InlineData("a\u0000b\nc.mp4", "a_b_c.mp4")]
    [InlineData("fdp\u202E4pm.exe", "fdp_4pm.exe")]
    [InlineData("Überfahrt 🚶 歩く.mp4", "Überfahrt 🚶 歩く.mp4")]
    [InlineData("..%2f..%2Fa.mp4", "a.mp4")]
    [InlineData("..", null)]
    [InlineData("/", null)]
    [InlineData("", null)]
    public void Names_are_made_safe(string name, string? safe) => Assert.Equal(safe, UploadName.Safe(name));

    [Fact]
    public void A_long_name_is_cut_between_characters_and_keeps_its_extension()
    {
        string safe = UploadName.Safe(string.Concat(Enumerable.Repeat("👩‍👩‍👧", 50)) + ".mp4")!;

        Assert.EndsWith("👧.mp4", safe, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(safe), 200, 240);
    }

    [Fact]
    public async Task More_than_the_limit_is_refused_announced_or_not_and_leaves_nothing()
    {
        await using TestService service = await TestService.StartAsync(Limited(1));
        byte[] content = new byte[(1 << 20) + 1];
        using HttpResponseMessage announced = await SendAsync(service, "PUT", "a.mp4", content);
        using HttpResponseMessage streamed = await service.Client.PutAsync("/api/uploads/a.mp4", new StreamContent(new Unannounced(content)), Stop);
        using HttpResponseMessage fits = await SendAsync(service, "PUT", "b.mp4", content[1..]);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, streamed.StatusCode);
        Assert.Equal(HttpStatusCode.Created, fits.StatusCode);
        Assert.Equal(["b.mp4"], Directory.EnumerateFileSystemEntries(service.Inbox).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Nothing_is_no_video()
    {
        await using TestService service = await TestService.StartAsync();
        using HttpResponseMessage announced = await SendAsync(service, "PUT", "a.mp4", []);
        using HttpResponseMessage streamed = await service.Client.PutAsync("/api/uploads/a.mp4", new StreamContent(new Unannounced([])), Stop);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (announced.StatusCode, streamed.StatusCode));
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Theory]
    [InlineData("posebatch.json")]
    [InlineData("walk.mp4.ready")]
    [InlineData("walk.part")]
    [InlineData("notes.txt")]
    [InlineData("done")]
    [InlineData("failed")]
    [InlineData("lost+found")]
    public async Task What_the_folder_would_not_take_for_a_video_is_refused_by_its_name(string name)
    {
        await using TestService service = await TestService.StartAsync();
        using HttpResponseMessage answer = await SendAsync(service, "PUT", name, [1]);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains($"'{name}'", (await TestService.JsonAsync(answer)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Fact]
    public async Task A_folder_that_went_away_is_not_made_anew_over_its_mount()
    {
        await using TestService service = await TestService.StartAsync();
        Directory.Delete(service.Inbox);
        using HttpResponseMessage answer = await SendAsync(service, "PUT", "a.mp4", [1]);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("inbox_away", (await TestService.JsonAsync(answer)).GetProperty("code").GetString());
        Assert.False(Directory.Exists(service.Inbox));
    }

    [Fact]
    public async Task A_packed_body_is_refused()
    {
        await using TestService service = await TestService.StartAsync();
        using ByteArrayContent packed = new([1, 2, 3]) { Headers = { ContentEncoding = { "gzip" } } };
        using HttpResponseMessage answer = await service.Client.PutAsync("/api/uploads/a.mp4", packed, Stop);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Fact]
    public async Task A_form_is_not_taken_for_the_video_in_it()
    {
        await using TestService service = await TestService.StartAsync();
        using MultipartFormDataContent form = new() { { new ByteArrayContent([1, 2, 3]), "file", "a.mp4" } };
        using HttpResponseMessage answer = await service.Client.PostAsync("/api/uploads/a.mp4", form, Stop);
        JsonElement problem = await TestService.JsonAsync(answer);

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "form_body"), (answer.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Contains("curl -T", problem.GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Fact]
    public async Task The_rest_of_a_file_is_not_taken_for_a_file()
    {
        await using TestService service = await TestService.StartAsync();
        using ByteArrayContent rest = new([1, 2, 3]) { Headers = { ContentRange = new(5, 7, 8) } };
        using HttpResponseMessage answer = await service.Client.PutAsync("/api/uploads/a.mp4", rest, Stop);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("Content-Range", (await TestService.JsonAsync(answer)).GetProperty("field").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Fact]
    public async Task Uploads_can_be_switched_off()
    {
        await using TestService off = await TestService.StartAsync(Limited(0));
        await using TestService folderless = await TestService.StartAsync(settings => settings with { Inbox = new InboxSettings { Path = string.Empty } });

        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(off, "PUT", "a.mp4", [1])).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(folderless, "PUT", "a.mp4", [1])).StatusCode);
    }

    [Fact]
    public async Task An_upload_that_is_cut_leaves_nothing()
    {
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        Uri address = service.Client.BaseAddress!;
        using FileSystemWatcher watcher = new(service.Inbox);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously), gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, _) => begun.TrySetResult();
        watcher.Deleted += (_, _) => gone.TrySetResult();
        watcher.EnableRaisingEvents = true;
        using (TcpClient client = new(address.Host, address.Port))
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"PUT /api/uploads/cut.mp4 HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 1000000\r\n\r\n{new string('x', 5000)}"), Stop);
            await begun.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);
        }

        await gone.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Fact]
    public async Task A_full_disk_is_said_and_leaves_nothing()
    {
        await using TestService service = await TestService.StartAsync();
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", service.Inbox), "A small file system cannot be mounted here.");
        try
        {
            byte[] content = new byte[2 << 20];
            using HttpResponseMessage announced = await SendAsync(service, "PUT", "a.mp4", content);
            using HttpResponseMessage streamed = await service.Client.PutAsync("/api/uploads/a.mp4", new StreamContent(new Unannounced(content)), Stop);

            Assert.Equal((HttpStatusCode.InsufficientStorage, HttpStatusCode.InsufficientStorage), (announced.StatusCode, streamed.StatusCode));
            Assert.Equal("disk_full", (await TestService.JsonAsync(streamed)).GetProperty("code").GetString());
            Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
        }
        finally
        {
            Run("umount", service.Inbox);
        }
    }

    [Fact]
    public async Task What_an_upload_left_long_ago_is_removed_at_the_start()
    {
        await using TestService service = await TestService.StartAsync(settings =>
        {
            File.WriteAllText(Path.Combine(settings.Inbox.Path, UploadRoutes.Prefix + "old"), "x");
            File.SetLastWriteTimeUtc(Path.Combine(settings.Inbox.Path, UploadRoutes.Prefix + "old"), DateTime.UtcNow.AddDays(-2));
            File.WriteAllText(Path.Combine(settings.Inbox.Path, UploadRoutes.Prefix + "young"), "x");
            return settings;
        });

        Assert.Equal([UploadRoutes.Prefix + "young"], Directory.EnumerateFileSystemEntries(service.Inbox).Select(Path.GetFileName));
    }

    private static Func<Settings, Settings> Limited(int mebibytes) =>
        settings => settings with { Service = settings.Service with { UploadLimitMiB = mebibytes } };

    private static Task<HttpResponseMessage> SendAsync(TestService service, string method, string name, byte[] content) =>
        service.Client.SendAsync(new HttpRequestMessage(new(method), $"/api/uploads/{Uri.EscapeDataString(name)}") { Content = new ByteArrayContent(content) }, Stop);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    // A body whose length the caller does not say.
    private sealed class Unannounced(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
