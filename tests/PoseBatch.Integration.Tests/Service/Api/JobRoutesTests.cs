using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PoseBatch.Jobs;

namespace PoseBatch.Service.Api;

/// <summary>Jobs over HTTP.</summary>
public class JobRoutesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_submitted_job_is_created_queued_and_found_again()
    {
        await using TestService service = await TestService.StartAsync();
        string video = service.AddVideo("a walk.mp4");
        using HttpResponseMessage answer = await PostAsync(service, """{ "source": { "path": "a walk.mp4" }, "group": "g1", "priority": 7 }""");
        JsonElement job = await TestService.JsonAsync(answer);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("queued", job.GetProperty("status").GetString());
        Assert.Equal("api", job.GetProperty("origin").GetString());
        Assert.Equal(video, job.GetProperty("spec").GetProperty("source").GetProperty("path").GetString());
        Assert.Equal(7, job.GetProperty("spec").GetProperty("priority").GetInt32());
        Assert.Equal($"/api/jobs/{Id(job)}", answer.Headers.Location?.ToString());
        JsonElement shown = JsonElement.Parse(await service.Client.GetStringAsync(answer.Headers.Location, Stop));
        Assert.Equal(Id(job), Id(shown));
    }

    [Fact]
    public async Task The_same_key_twice_is_one_job()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        const string Text = """{ "source": { "path": "a.mp4" }, "idempotency_key": "once" }""";
        using HttpResponseMessage first = await PostAsync(service, Text);
        using HttpResponseMessage second = await PostAsync(service, Text);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal(Id(await TestService.JsonAsync(first)), Id(await TestService.JsonAsync(second)));
    }

    [Theory]
    [InlineData("""{ "source": { "path": "a.mp4" }, "prioritty": 3 }""", "prioritty")]
    [InlineData("""{ "source": { } }""", "source.path")]
    [InlineData("""{ "source": { "path": "a.mp4" }, "priority": 10 }""", "priority")]
    [InlineData("""{ "source": { "path": "../../etc/passwd" } }""", "source.path")]
    [InlineData("""{ "source": { "path": "/etc/passwd" } }""", "source.path")]
    [InlineData("""{ "source": { "path": "a.mp4" }, "output": { "path": "../elsewhere" } }""", "output.path")]
    [InlineData("""{ "source": """, "the text")]
    [InlineData("", "the text")]
    [InlineData("[]", null)]
    public async Task A_job_that_cannot_be_is_refused_by_the_name_of_its_field(string text, string? field)
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        using HttpResponseMessage answer = await PostAsync(service, text);
        JsonElement problem = await TestService.JsonAsync(answer);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("bad_request", problem.GetProperty("code").GetString());
        Assert.Equal(400, problem.GetProperty("status").GetInt32());
        if (field is not null)
        {
            Assert.Equal(field, problem.GetProperty("field").GetString());
            Assert.Contains(field, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Empty(await service.Store.ListAsync(new JobQuery(), Stop));
    }

    [Fact]
    public async Task A_link_that_leads_out_of_the_roots_is_refused()
    {
        await using TestService service = await TestService.StartAsync();
        File.CreateSymbolicLink(Path.Combine(service.Videos, "link.mp4"), "/etc/passwd");
        using HttpResponseMessage answer = await PostAsync(service, """{ "source": { "path": "link.mp4" } }""");

        Assert.Equal("source.path", (await TestService.JsonAsync(answer)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task More_than_a_job_can_have_is_not_read()
    {
        await using TestService service = await TestService.StartAsync();
        using HttpResponseMessage answer = await PostAsync(service, new string(' ', JobJson.MaxBytes + 1));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused_and_a_byte_order_mark_is_none_of_them()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        byte[] job = "{\"source\":{\"path\":\"a.mp4\"}}"u8.ToArray();
        using ByteArrayContent marked = new([0xEF, 0xBB, 0xBF, .. job]);
        using HttpResponseMessage taken = await service.Client.PostAsync("/api/jobs", marked, Stop);
        job[^8] = 0xFF;   // the a of a.mp4
        using ByteArrayContent broken = new(job);
        using HttpResponseMessage refused = await service.Client.PostAsync("/api/jobs", broken, Stop);

        Assert.Equal(HttpStatusCode.Created, taken.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("UTF-8", (await TestService.JsonAsync(refused)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/jobs")]
    [InlineData("/api/events")]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    [InlineData("/metrics")]
    [InlineData("/openapi.json")]
    public async Task Monitors_may_ask_for_the_head_alone(string address)
    {
        await using TestService service = await TestService.StartAsync(onNetwork: true);
        using HttpRequestMessage request = new(HttpMethod.Head, address);
        using HttpResponseMessage answer = await service.Client.SendAsync(request, Stop);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task Lists_are_newest_first_by_pages_and_by_status_and_group()
    {
        await using TestService service = await TestService.StartAsync();
        List<string> ids = [];
        for (int i = 0; i < 5; i++)
        {
            service.AddVideo($"{i}.mp4");
            ids.Add(Id(await service.SubmitAsync(new { source = new { path = $"{i}.mp4" }, group = i % 2 == 0 ? "even" : "odd" })));
        }

        await service.Client.PostAsync($"/api/jobs/{ids[1]}/cancel", null, Stop);
        (string[] first, string? next, JsonElement counts) = await ListAsync(service, "?limit=3");
        (string[] second, string? end, _) = await ListAsync(service, $"?limit=3&before={next}");

        Assert.Equal([ids[4], ids[3], ids[2]], first);
        Assert.Equal([ids[1], ids[0]], second);
        Assert.Null(end);
        Assert.Equal((4, 1, 0), (counts.GetProperty("queued").GetInt32(), counts.GetProperty("cancelled").GetInt32(), counts.GetProperty("running").GetInt32()));
        Assert.Equal([ids[1]], (await ListAsync(service, "?status=cancelled")).Ids);
        Assert.Equal([ids[3], ids[1]], (await ListAsync(service, "?status=queued,cancelled&group=odd")).Ids);
        Assert.Empty((await ListAsync(service, "?group=none")).Ids);
    }

    [Theory]
    [InlineData("/api/jobs?status=nearly", "status")]
    [InlineData("/api/jobs?limit=0", "limit")]
    [InlineData("/api/jobs?limit=many", "limit")]
    [InlineData("/api/jobs?grup=a", "grup")]
    [InlineData("/api/jobs?before=01ARZ3NDEKTSV4RRFFQ69G5FAV", "before")]
    [InlineData("/api/events?after=-1", "after")]
    [InlineData("/api/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV?verbose=1", "verbose")]
    [InlineData("/api/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/result?table=frames", "table")]
    [InlineData("/api/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/result/frames.parquet?columns=x", "columns")]
    [InlineData("/api/settling?limit=1", "limit")]
    public async Task A_parameter_that_cannot_be_read_is_named(string address, string field)
    {
        await using TestService service = await TestService.StartAsync();
        using HttpResponseMessage answer = await service.Client.GetAsync(address, Stop);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(field, (await TestService.JsonAsync(answer)).GetProperty("field").GetString());
    }

    [Theory]
    [InlineData("POST", "/api/jobs?dry_run=1", "dry_run")]
    [InlineData("POST", "/api/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel?force=1", "force")]
    [InlineData("POST", "/api/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/retry?from=0", "from")]
    [InlineData("PUT", "/api/uploads/a.mp4?overwrite=1", "overwrite")]
    public async Task A_change_is_not_made_without_what_was_asked_beside_it(string method, string address, string field)
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        using HttpRequestMessage request = new(new(method), address) { Content = new StringContent("""{ "source": { "path": "a.mp4" } }""") };
        using HttpResponseMessage answer = await service.Client.SendAsync(request, Stop);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(field, (await TestService.JsonAsync(answer)).GetProperty("field").GetString());
        Assert.Empty((await ListAsync(service, string.Empty)).Ids);
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Inbox));
    }

    [Fact]
    public async Task A_cancelled_job_can_be_tried_again_and_its_history_tells()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        string id = Id(await service.SubmitAsync(new { source = new { path = "a.mp4" } }));
        JsonElement cancelled = await ChangeAsync(service, id, "cancel");
        JsonElement again = await ChangeAsync(service, id, "cancel");
        JsonElement retried = await ChangeAsync(service, id, "retry");
        JsonElement history = JsonElement.Parse(await service.Client.GetStringAsync($"/api/jobs/{id}/events", Stop));
        string[] states = [.. history.GetProperty("events").EnumerateArray().Select(one => one.GetProperty("state").GetString()!)];

        Assert.Equal("cancelled", cancelled.GetProperty("status").GetString());
        Assert.Equal("cancelled", again.GetProperty("status").GetString());
        Assert.Equal("queued", retried.GetProperty("status").GetString());
        Assert.Equal("submitted", states[0]);
        Assert.Contains("cancelled", states);
        Assert.Equal("queued", states[^1]);

        long last = history.GetProperty("last").GetInt64();
        JsonElement nothing = JsonElement.Parse(await service.Client.GetStringAsync($"/api/jobs/{id}/events?after={last}", Stop));
        Assert.Equal(0, nothing.GetProperty("events").GetArrayLength());
        Assert.Equal(last, nothing.GetProperty("last").GetInt64());
    }

    [Theory]
    [InlineData("GET", "/api/jobs/none", HttpStatusCode.NotFound, "not_found")]
    [InlineData("POST", "/api/jobs/none/cancel", HttpStatusCode.NotFound, "not_found")]
    [InlineData("POST", "/api/jobs/none/retry", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/api/jobs/none/events", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/api/jobs/none/result", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/api/jobs/none/poses", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/api/nowhere", HttpStatusCode.NotFound, "no_route")]
    [InlineData("DELETE", "/api/jobs", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    public async Task What_is_not_there_is_said_in_problem_json(string method, string address, HttpStatusCode status, string code)
    {
        await using TestService service = await TestService.StartAsync();
        using HttpResponseMessage answer = await service.Client.SendAsync(new HttpRequestMessage(new(method), address), Stop);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, (await TestService.JsonAsync(answer)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_store_that_is_away_is_503_with_the_time_to_come_back()
    {
        await using TestService service = await TestService.StartAsync(storePatience: TimeSpan.FromMilliseconds(1));
        service.AddVideo("a.mp4");
        using SqliteConnection other = new($"Data Source={service.Parts.Settings.Jobs.Store};Pooling=False");
        await other.OpenAsync(Stop);
        using SqliteCommand hold = other.CreateCommand();
        hold.CommandText = "BEGIN EXCLUSIVE";
        await hold.ExecuteNonQueryAsync(Stop);
        using HttpResponseMessage answer = await PostAsync(service, """{ "source": { "path": "a.mp4" } }""");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal("store_unavailable", (await TestService.JsonAsync(answer)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Only_a_dead_or_cancelled_job_is_tried_again()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        string id = (await service.SubmitAsync(new { source = new { path = "a.mp4" } })).GetProperty("job_id").GetString()!;
        JobLease lease = await service.ClaimAsync();
        Assert.True(await service.Store.CompleteAsync(lease, "somewhere", false, null, null, Stop));

        using HttpResponseMessage refused = await service.Client.PostAsync($"/api/jobs/{id}/retry", null, Stop);
        JsonElement problem = await TestService.JsonAsync(refused);
        Assert.Equal((HttpStatusCode.Conflict, "nothing_to_retry"), (refused.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Contains("output.overwrite", problem.GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Equal(JobStatus.Completed, (await service.Store.FindAsync(id, Stop))!.Status);
    }

    private static Task<HttpResponseMessage> PostAsync(TestService service, string text) =>
        service.Client.PostAsync("/api/jobs", new StringContent(text, Encoding.UTF8, "application/json"), Stop);

    private static async Task<JsonElement> ChangeAsync(TestService service, string id, string verb)
    {
        using HttpResponseMessage answer = await service.Client.PostAsync($"/api/jobs/{id}/{verb}", null, Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await TestService.JsonAsync(answer);
    }

    private static async Task<(string[] Ids, string? Next, JsonElement Counts)> ListAsync(TestService service, string query)
    {
        JsonElement page = JsonElement.Parse(await service.Client.GetStringAsync("/api/jobs" + query, Stop));
        return ([.. page.GetProperty("jobs").EnumerateArray().Select(Id)], page.GetProperty("next").GetString(), page.GetProperty("counts"));
    }

    private static string Id(JsonElement job) => job.GetProperty("job_id").GetString()!;
}
