using System.Diagnostics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Api;

namespace PoseBatch.Service.Api;

/// <summary>Events as they happen.</summary>
public class EventStreamTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_submitted_job_is_told_with_its_history_and_as_it_is()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        await using Reader reader = await Reader.OpenAsync(service, "/api/events");
        Assert.Equal("hello", (await reader.NextAsync("hello")).EventType);
        string id = (await service.SubmitAsync(new { source = new { path = "a.mp4" } })).GetProperty("job_id").GetString()!;
        SseItem<string> history = await reader.NextAsync("history");
        SseItem<string> job = await reader.NextAsync("job");

        Assert.Equal(id, JsonElement.Parse(history.Data).GetProperty("job_id").GetString());
        Assert.Equal(history.EventId, JsonElement.Parse(history.Data).GetProperty("sequence").GetRawText());
        Assert.Equal("queued", JsonElement.Parse(job.Data).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Progress_of_a_running_job_is_told()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        await service.SubmitAsync(new { source = new { path = "a.mp4" } });
        JobLease lease = await service.ClaimAsync();
        await service.Store.AdvanceAsync(lease, JobStatus.Running, null, Stop);
        await using Reader reader = await Reader.OpenAsync(service, "/api/events");
        await reader.NextAsync("job");
        await service.Store.HeartbeatAsync(lease, new JobProgress { Frames = 123, Seconds = 4.5, FramesPerSecond = 60, LimitedBy = "decode" }, Stop);
        JsonElement progress = JsonElement.Parse((await reader.NextAsync("job")).Data).GetProperty("progress");

        Assert.Equal(123, progress.GetProperty("frames").GetInt64());
        Assert.Equal("decode", progress.GetProperty("limited_by").GetString());
    }

    [Fact]
    public async Task A_reader_that_comes_back_gets_what_it_missed_and_nothing_twice()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        service.AddVideo("b.mp4");
        string last;
        await using (Reader reader = await Reader.OpenAsync(service, "/api/events"))
        {
            await service.SubmitAsync(new { source = new { path = "a.mp4" } });
            last = (await reader.NextAsync("history")).EventId!;
        }

        string missed = (await service.SubmitAsync(new { source = new { path = "b.mp4" } })).GetProperty("job_id").GetString()!;
        IReadOnlyList<JobEvent> expected = await service.Store.EventsAsync(null, long.Parse(last), 100, Stop);
        await using Reader again = await Reader.OpenAsync(service, "/api/events", last);
        foreach (JobEvent one in expected)
        {
            SseItem<string> told = await again.NextAsync("history");
            Assert.Equal($"{one.Sequence}", told.EventId);
        }

        Assert.Contains(expected, one => one.JobId == missed);
    }

    [Fact]
    public async Task A_reader_of_a_store_that_was_moved_away_hears_the_new_one()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        await using Reader reader = await Reader.OpenAsync(service, "/api/events", "5000");
        SseItem<string> hello = await reader.NextAsync("hello");
        await service.SubmitAsync(new { source = new { path = "a.mp4" } });

        Assert.Equal("0", hello.EventId);
        Assert.Equal("1", (await reader.NextAsync("history")).EventId);
    }

    [Fact]
    public async Task The_stream_of_one_job_ends_with_it()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        service.AddVideo("b.mp4");
        string id = (await service.SubmitAsync(new { source = new { path = "a.mp4" } })).GetProperty("job_id").GetString()!;
        await service.SubmitAsync(new { source = new { path = "b.mp4" } });
        await using Reader reader = await Reader.OpenAsync(service, $"/api/jobs/{id}/events");
        await service.Store.CancelAsync(id, Stop);
        List<SseItem<string>> all = await reader.RestAsync();

        Assert.All(all.Where(one => one.EventType == "history"), one => Assert.Equal(id, JsonElement.Parse(one.Data).GetProperty("job_id").GetString()));
        Assert.Equal("cancelled", JsonElement.Parse(all.Last(one => one.EventType == "job").Data).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("/api/events")]
    public async Task An_open_stream_does_not_hold_up_the_end_of_the_service(string address)
    {
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        await using Reader reader = await Reader.OpenAsync(service, address);
        await reader.NextAsync("hello");
        Task stopping = service.StopAsync();
        await reader.RestAsync();   // ends because the service does, not because the reader went away
        await stopping.WaitAsync(TimeSpan.FromSeconds(20), Stop);   // the host's own patience would be 30 s
    }

    [Fact]
    public async Task A_last_event_id_that_is_none_is_refused()
    {
        await using TestService service = await TestService.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/events");
        request.Headers.Add("Last-Event-ID", "yesterday");

        Assert.Equal(HttpStatusCode.BadRequest, (await service.Client.SendAsync(request, Stop)).StatusCode);
    }

    [Fact]
    public async Task However_many_streams_are_open_the_store_is_asked_as_for_one()
    {
        await using TestService service = await TestService.StartAsync(
            refit: parts => parts with { Store = StoreCalls.Before(parts.Store), Clock = new StoppedClock() }, onNetwork: true);
        List<Reader> readers = [];
        try
        {
            for (int i = 0; i < 100; i++)
            {
                readers.Add(await Reader.OpenAsync(service, "/api/events"));
                await readers[i].NextAsync("settling");   // comes after what the store had to say
            }
        }
        finally
        {
            foreach (Reader reader in readers)
            {
                await reader.DisposeAsync();
            }
        }

        Assert.Equal(1, ((StoreCalls)service.Store).Of(nameof(IJobStore.ListAsync)));
    }

    [Fact]
    public async Task Too_many_streams_are_refused_until_one_is_closed()
    {
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        List<Reader> readers = [];
        try
        {
            for (int i = 0; i < EventStream.MostStreams; i++)
            {
                readers.Add(await Reader.OpenAsync(service, "/api/events"));
            }

            using HttpRequestMessage request = new(HttpMethod.Get, "/api/events");
            using HttpResponseMessage refused = await service.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }
        finally
        {
            foreach (Reader reader in readers)
            {
                await reader.DisposeAsync();
            }
        }
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private sealed class Reader : IAsyncDisposable
    {
        private readonly HttpResponseMessage _answer;
        private readonly IAsyncEnumerator<SseItem<string>> _items;
        private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        private Reader(HttpResponseMessage answer, Stream body)
        {
            _answer = answer;
            _items = SseParser.Create(body).EnumerateAsync(_patience.Token).GetAsyncEnumerator(Stop);
            _patience.CancelAfter(TimeSpan.FromMinutes(1));   // a test that would wait for ever fails instead
        }

        public static async Task<Reader> OpenAsync(TestService service, string address, string? last = null)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, address);
            request.Headers.Add("Accept", "text/event-stream");
            if (last is not null)
            {
                request.Headers.Add("Last-Event-ID", last);
            }

            HttpResponseMessage answer = await service.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
            return new(answer, await answer.Content.ReadAsStreamAsync(Stop));
        }

        public async Task<SseItem<string>> NextAsync(string type)
        {
            while (await _items.MoveNextAsync())
            {
                if (_items.Current.EventType == type)
                {
                    return _items.Current;
                }
            }

            throw new UnreachableException($"The stream ended before '{type}'.");
        }

        public async Task<List<SseItem<string>>> RestAsync()
        {
            List<SseItem<string>> items = [];
            while (await _items.MoveNextAsync())
            {
                items.Add(_items.Current);
            }

            return items;
        }

        public async ValueTask DisposeAsync()
        {
            _answer.Dispose();
            await _items.DisposeAsync();
            _patience.Dispose();
        }
    }
}
