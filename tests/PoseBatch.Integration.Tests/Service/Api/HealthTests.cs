using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Api;

/// <summary>Health, meters and the description of the routes.</summary>
public partial class HealthTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_complete_service_is_live_and_ready()
    {
        await using TestService service = await TestService.StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/healthz/live", Stop)).StatusCode);
        using HttpResponseMessage ready = await service.Client.GetAsync("/healthz/ready", Stop);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal("ready", (await TestService.JsonAsync(ready)).GetProperty("status").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(service.Results));
    }

    [Fact]
    public async Task What_is_missing_is_named_with_advice_and_liveness_stays()
    {
        await using TestService service = await TestService.StartAsync(refit: parts => parts with
        {
            Readiness = () => new Readiness([new("provider", ReasonCode.ProviderUnavailable, "cuda is not here.", "Use auto.")]),
            Intake = new Unreadable(),
        });
        using HttpResponseMessage ready = await service.Client.GetAsync("/healthz/ready", Stop);
        JsonElement[] missing = [.. (await TestService.JsonAsync(ready)).GetProperty("missing").EnumerateArray()];

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(["provider", "inbox"], missing.Select(one => one.GetProperty("part").GetString()));
        Assert.Equal("provider_unavailable", missing[0].GetProperty("reason").GetString());
        Assert.Equal("Use auto.", missing[0].GetProperty("advice").GetString());
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/healthz/live", Stop)).StatusCode);
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_not_ready()
    {
        await using TestService service = await TestService.StartAsync(settings =>
        {
            Directory.Delete(settings.Output.Root);
            File.WriteAllText(settings.Output.Root, "a file where the folder should be");
            return settings;
        });
        using HttpResponseMessage ready = await service.Client.GetAsync("/healthz/ready", Stop);

        Assert.Equal("output", (await TestService.JsonAsync(ready)).GetProperty("missing")[0].GetProperty("part").GetString());
    }

    [Fact]
    public async Task Settling_files_are_shown_with_what_is_waited_for()
    {
        await using TestService service = await TestService.StartAsync(refit: parts => parts with { Intake = new Unreadable() });
        JsonElement settling = JsonElement.Parse(await service.Client.GetStringAsync("/api/settling", Stop));

        Assert.Equal("it is not mounted", settling.GetProperty("trouble").GetString());
        Assert.Equal("2 files: a.txt, b.jpg", settling.GetProperty("left_out").GetString());
        Assert.Equal("unchanged for 3 of 10 s", settling.GetProperty("files")[0].GetProperty("waiting").GetString());
    }

    [Fact]
    public async Task Meters_are_written_as_the_format_of_Prometheus_asks()
    {
        await using TestService service = await TestService.StartAsync();
        service.AddVideo("a.mp4");
        await service.SubmitAsync(new { source = new { path = "a.mp4" } });
        service.Parts.Metrics.SegmentCommitted();
        service.Parts.Metrics.InferredSoFar(TimeSpan.FromSeconds(1));
        service.Parts.Metrics.InferredSoFar(TimeSpan.FromSeconds(1.5));
        service.Parts.Metrics.WatchQueue(() => 7);
        service.Parts.Metrics.AttemptEnded(JobStatus.Completed, null, TimeSpan.FromSeconds(3));
        service.Parts.Metrics.AttemptEnded(JobStatus.Dead, ReasonCode.NotVideo, TimeSpan.FromSeconds(100));
        using HttpResponseMessage answer = await service.Client.GetAsync("/metrics", Stop);
        Exposition metrics = Exposition.Parse(await answer.Content.ReadAsStringAsync(Stop));

        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(1, metrics["posebatch_jobs{status=\"queued\"}"]);
        Assert.Equal(0, metrics["posebatch_jobs{status=\"dead\"}"]);
        Assert.Equal(1, metrics["posebatch_segments_total"]);
        Assert.Equal(1.5, metrics["posebatch_stage_time_seconds_total{stage=\"infer\"}"]);
        Assert.Equal(7, metrics["posebatch_inference_queue"]);
        Assert.Equal(1, metrics["posebatch_store_up"]);
        Assert.Equal(1, metrics["posebatch_attempts_ended_total{reason=\"not_video\",status=\"dead\"}"]);
        Assert.Equal(0, metrics["posebatch_attempt_duration_seconds_bucket{status=\"completed\",le=\"1\"}"]);
        Assert.Equal(1, metrics["posebatch_attempt_duration_seconds_bucket{status=\"completed\",le=\"5\"}"]);
        Assert.Equal(1, metrics["posebatch_attempt_duration_seconds_bucket{status=\"completed\",le=\"+Inf\"}"]);
        Assert.Equal(3, metrics["posebatch_attempt_duration_seconds_sum{status=\"completed\"}"]);
        Assert.InRange(metrics["posebatch_process_memory_resident_bytes"], 10e6, 100e9);
        Assert.Contains(metrics.Types.Keys, name => name == "http_server_request_duration_seconds");
    }

    [Fact]
    public async Task What_an_attempt_has_done_is_added_once_however_often_it_is_looked_at()
    {
        await using TestService service = await TestService.StartAsync();
        RunMeters meters = new();
        ServiceMetrics.RunReading reading = service.Parts.Metrics.Follow(meters);
        meters.CountWritten(3);
        meters.CountWritten(0);
        meters.CountSkipped();
        reading.Take();
        reading.Take();
        meters.CountWritten(1);
        meters.CountUndecodable();
        reading.Take();
        Exposition read = await MetricsAsync(service);

        Assert.Equal(3, read["posebatch_frames_total{status=\"inferred\"}"]);
        Assert.Equal(4, read["posebatch_persons_total"]);
        Assert.Equal(1, read["posebatch_frames_total{status=\"skipped\"}"]);
        Assert.Equal(1, read["posebatch_frames_total{status=\"undecodable\"}"]);
    }

    [Fact]
    public async Task Meters_are_pushed_to_a_collector_at_the_latest_at_the_end()
    {
        TaskCompletionSource<(string? Type, byte[] Body)> pushed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication collector = builder.Build();
        collector.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            using MemoryStream body = new();
            await request.Body.CopyToAsync(body, Stop);
            pushed.TrySetResult((request.ContentType, body.ToArray()));
        });
        await collector.StartAsync(Stop);
        using (IDisposable? push = MetricsPush.Start(new ServiceSettings { OtlpEndpoint = collector.Urls.Single() + "/v1/metrics" }))
        using (ServiceMetrics metrics = new())
        {
            metrics.SegmentCommitted();
            push!.Dispose();
            (string? type, byte[] body) = await pushed.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);

            Assert.Equal("application/x-protobuf", type);
            Assert.True(body.AsSpan().IndexOf("posebatch.segments"u8) > 0);
        }

        Assert.Null(MetricsPush.Start(new ServiceSettings()));
        Assert.Throws<SettingsException>(() => MetricsPush.Start(new ServiceSettings { OtlpEndpoint = "collector:4318" }));
    }

    [Fact]
    public async Task Labels_with_quotes_and_line_breaks_survive()
    {
        await using TestService service = await TestService.StartAsync();
        service.Parts.Metrics.Meter.CreateCounter<long>("odd.counter", null, "A \\ and\na line.").Add(2, new KeyValuePair<string, object?>("a.b", "x\"y\\z\nw"));
        Exposition read = await MetricsAsync(service);

        Assert.Equal(2, read["odd_counter_total{a_b=\"x\\\"y\\\\z\\nw\"}"]);
        Assert.Equal("A \\\\ and\\na line.", read.Helps["odd_counter_total"]);
    }

    [Fact]
    public async Task Files_of_the_page_have_no_series_of_their_own_and_routes_of_the_api_do()
    {
        await using TestService service = await TestService.StartAsync();
        foreach (string name in PoseBatch.Worker.Service.Api.StaticPage.Names.Select(name => name == "index.html" ? "/" : "/" + name))
        {
            using HttpResponseMessage file = await service.Client.GetAsync(name, Stop);
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        }

        using HttpResponseMessage jobs = await service.Client.GetAsync("/api/jobs", Stop);
        Exposition read = await MetricsAsync(service);
        string[] routes = [.. read.Series.Select(series => Regex.Match(series, "http_route=\"([^\"]*)\"")).Where(route => route.Success).Select(route => route.Groups[1].Value).Distinct()];

        Assert.Contains("/api/jobs", routes);
        Assert.DoesNotContain(routes, route => Path.HasExtension(route) && route != "/openapi.json");
    }

    [Fact]
    public async Task However_many_labels_come_a_metric_has_at_most_five_hundred_series_and_one_for_the_rest()
    {
        await using TestService service = await TestService.StartAsync();
        System.Diagnostics.Metrics.Counter<long> counter = service.Parts.Metrics.Meter.CreateCounter<long>("many");
        for (int i = 0; i < 700; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        }

        Exposition read = await MetricsAsync(service);
        string[] series = [.. read.Series.Where(name => name.StartsWith("many_total", StringComparison.Ordinal))];

        Assert.Equal(501, series.Length);
        Assert.Equal(200, read["many_total{otel_metric_overflow=\"true\"}"]);
    }

    [Fact]
    public async Task The_docs_list_every_metric_and_no_other()
    {
        await using TestService service = await TestService.StartAsync();
        service.Parts.Metrics.SegmentCommitted();
        service.Parts.Metrics.InferredSoFar(TimeSpan.FromSeconds(1));
        service.Parts.Metrics.AttemptEnded(JobStatus.Completed, null, TimeSpan.FromSeconds(1));
        RunMeters meters = new();
        ServiceMetrics.RunReading reading = service.Parts.Metrics.Follow(meters);
        meters.CountWritten(1);
        reading.Take();
        await service.Client.GetAsync("/healthz/live", Stop);
        Exposition read = await MetricsAsync(service);
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations.md"), Stop);
        Dictionary<string, string> rows = Regex.Matches(page, @"^\| `((?:posebatch|http|kestrel)_[a-z_]+)` \| (counter|gauge|histogram) \|", RegexOptions.Multiline)
            .ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);

        // The web server counts connections only where there are some.
        Assert.Equal(
            rows.OrderBy(row => row.Key, StringComparer.Ordinal).Where(row => row.Key != "kestrel_active_connections"),
            read.Types.OrderBy(row => row.Key, StringComparer.Ordinal).Where(row => row.Key != "kestrel_active_connections"));
    }

    private static async Task<Exposition> MetricsAsync(TestService service) =>
        Exposition.Parse(await service.Client.GetStringAsync("/metrics", Stop));

    private sealed class Unreadable : IIntakeView
    {
        public IReadOnlyList<StabilisingFile> Settling => [new("/in/a.mp4", 5, DateTimeOffset.UnixEpoch, "unchanged for 3 of 10 s")];

        public string? Trouble => "it is not mounted";

        public string? LeftOut => "2 files: a.txt, b.jpg";
    }

    /// <summary>A strict reader of the text format 0.0.4 (prometheus.io, "Text-based format").</summary>
    private sealed partial class Exposition
    {
        private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

        public Dictionary<string, string> Types { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> Helps { get; } = new(StringComparer.Ordinal);

        public IEnumerable<string> Series => _values.Keys;

        public double this[string series] => _values.TryGetValue(series, out double value) ? value : throw new KeyNotFoundException($"{series} is not among {string.Join(" ", _values.Keys)}");

        public static Exposition Parse(string text)
        {
            Exposition read = new();
            string current = string.Empty;
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            foreach (string line in text[..^1].Split('\n'))
            {
                if (HelpLine().Match(line) is { Success: true } help)
                {
                    Assert.True(read.Helps.TryAdd(help.Groups[1].Value, help.Groups[2].Value), $"two HELP lines of {line}");
                }
                else if (TypeLine().Match(line) is { Success: true } type)
                {
                    current = type.Groups[1].Value;
                    Assert.True(read.Types.TryAdd(current, type.Groups[2].Value), $"two TYPE lines of {line}");
                    Assert.True(type.Groups[2].Value == "counter" == current.EndsWith("_total", StringComparison.Ordinal), line);
                }
                else
                {
                    Match sample = SampleLine().Match(line);
                    Assert.True(sample.Success, $"not a sample: {line}");
                    string name = sample.Groups[1].Value;
                    string[] allowed = read.Types[current] == "histogram" ? [current + "_bucket", current + "_sum", current + "_count"] : [current];
                    Assert.Contains(name, allowed);   // the lines of a metric stand together
                    string value = sample.Groups[3].Value;
                    double number = value switch
                    {
                        "+Inf" => double.PositiveInfinity,
                        "-Inf" => double.NegativeInfinity,
                        _ => double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture),
                    };
                    string labels = sample.Groups[2].Value == "{}" ? string.Empty : sample.Groups[2].Value;
                    Assert.True(read._values.TryAdd(name + labels, number), $"twice: {line}");
                }
            }

            return read;
        }

        [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$")]
        private static partial Regex HelpLine();

        [GeneratedRegex(@"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$")]
        private static partial Regex TypeLine();

        [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*=""(?:[^""\\\n]|\\[""\\n])*"",?)*\})?) ([0-9eE+.\-]+|NaN|[+-]Inf)$")]
        private static partial Regex SampleLine();
    }
}
