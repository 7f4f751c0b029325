using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Cli.Client;

/// <summary>The jobs of a running service, through its HTTP API (docs/operations.md).</summary>
/// <param name="server">Its address, for example <c>http://127.0.0.1:8478</c>.</param>
/// <param name="apiKey">What it wants to be shown; null for none.</param>
/// <param name="handler">Speaks HTTP; disposed of with this.</param>
internal sealed class RemoteJobs(Uri server, string? apiKey, HttpMessageHandler handler) : IJobAccess
{
    private const string KeyHeader = "X-Api-Key";
    private const int MostEvents = 10_000;
    private readonly HttpClient _http = new(handler) { BaseAddress = WithSlash(server), Timeout = TimeSpan.FromSeconds(30) };

    /// <inheritdoc/>
    public async Task<JobSubmission> SubmitAsync(JobSpec spec, CancellationToken cancellation)
    {
        (HttpStatusCode status, JsonElement answer) = await AskAsync(HttpMethod.Post, "api/jobs", JobJson.Write(spec), cancellation);
        return new JobSubmission(Job(answer), IsNew: status == HttpStatusCode.Created);
    }

    /// <inheritdoc/>
    public Task<JobRecord?> FindAsync(string id, CancellationToken cancellation) => OneAsync(HttpMethod.Get, $"api/jobs/{Uri.EscapeDataString(id)}", cancellation);

    /// <inheritdoc/>
    public async Task<(IReadOnlyList<JobRecord> Jobs, IReadOnlyDictionary<JobStatus, long> Counts)> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        StringBuilder path = new(string.Create(CultureInfo.InvariantCulture, $"api/jobs?limit={query.Most}"));
        if (query.Statuses.Count > 0)
        {
            path.Append("&status=").AppendJoin(',', query.Statuses.Select(status => status.WireName()));
        }

        if (query.Group is not null)
        {
            path.Append("&group=").Append(Uri.EscapeDataString(query.Group));
        }

        if (query.Before is not null)
        {
            path.Append("&before=").Append(Uri.EscapeDataString(query.Before));
        }

        (HttpStatusCode _, JsonElement answer) = await AskAsync(HttpMethod.Get, path.ToString(), null, cancellation);
        return Understood(() =>
        {
            IReadOnlyList<JobRecord> jobs = [.. answer.GetProperty("jobs").EnumerateArray().Select(JobRecordJson.ReadJob)];
            IReadOnlyDictionary<JobStatus, long> counts = answer.GetProperty("counts").EnumerateObject()
                .Select(count => (Status: JobStatuses.Parse(count.Name), Jobs: count.Value.GetInt64()))
                .Where(count => count.Status is not null && count.Jobs > 0)
                .ToDictionary(count => count.Status!.Value, count => count.Jobs);
            return (jobs, counts);
        });
    }

    /// <inheritdoc/>
    public async Task<string?> WaitsAsync(CancellationToken cancellation)
    {
        (HttpStatusCode _, JsonElement answer) = await AskAsync(HttpMethod.Get, "api/jobs?limit=1", null, cancellation);
        return Understood(() => answer.TryGetProperty("waits", out JsonElement waits) ? waits.GetString() : null);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<JobEvent>> EventsAsync(string id, long after, CancellationToken cancellation)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"api/jobs/{Uri.EscapeDataString(id)}/events?after={after}&limit={MostEvents}");
        (HttpStatusCode _, JsonElement answer) = await AskAsync(HttpMethod.Get, path, null, cancellation);
        return Understood<IReadOnlyList<JobEvent>>(() => [.. answer.GetProperty("events").EnumerateArray().Select(JobRecordJson.ReadEvent)]);
    }

    /// <inheritdoc/>
    public Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation) =>
        OneAsync(HttpMethod.Post, $"api/jobs/{Uri.EscapeDataString(id)}/cancel", cancellation);

    /// <inheritdoc/>
    public async Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation)
    {
        (HttpStatusCode status, JsonElement answer) = await AskAsync(HttpMethod.Post, $"api/jobs/{Uri.EscapeDataString(id)}/retry", null, cancellation);
        return status switch
        {
            HttpStatusCode.NotFound => null,
            HttpStatusCode.Conflict => await FindAsync(id, cancellation),   // as it is
            _ => Job(answer),
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Uri WithSlash(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");

    private async Task<JobRecord?> OneAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        (HttpStatusCode status, JsonElement answer) = await AskAsync(method, path, null, cancellation);
        return status == HttpStatusCode.NotFound ? null : Job(answer);
    }

    private JobRecord Job(JsonElement answer) => Understood(() => JobRecordJson.ReadJob(answer));

    /// <summary>Asks; the answer is JSON and good, or there is no such job (404), or it is not one to try again (409).</summary>
    private async Task<(HttpStatusCode Status, JsonElement Answer)> AskAsync(HttpMethod method, string path, string? body, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, path);
        if (apiKey is not null)
        {
            request.Headers.Add(KeyHeader, apiKey);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancellation);
            string text = await response.Content.ReadAsStringAsync(cancellation);
            JsonElement answer = Understood(() => JsonDocument.Parse(text).RootElement.Clone());
            if (!response.IsSuccessStatusCode)
            {
                Refuse(response.StatusCode, answer);
            }

            return (response.StatusCode, answer);
        }
        catch (HttpRequestException away)
        {
            throw new JobStoreUnavailableException(
                $"No service answers at {server} ({away.Message}). Start one with posebatch run, or leave --server away to use the job store of this machine.", away);
        }
        catch (TaskCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new JobStoreUnavailableException($"The service at {server} does not answer within {_http.Timeout.TotalSeconds} s.", late);
        }
    }

    private void Refuse(HttpStatusCode status, JsonElement answer)
    {
        string? Said(string name) => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
        string detail = Said("detail") ?? $"HTTP {(int)status}";
        switch (status)
        {
            case HttpStatusCode.NotFound when Said("code") == "not_found":
            case HttpStatusCode.Conflict when Said("code") == "nothing_to_retry":
                return;
            case HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge:
                string field = Said("field") ?? "the job";
                throw new JobRefusedException(field, detail.StartsWith(field + ": ", StringComparison.Ordinal) ? detail[(field.Length + 2)..] : detail);
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                throw new JobStoreUnavailableException($"The service at {server} does not let us in: {detail} Give its key with --api-key or POSEBATCH__Service__ApiKey.")
                {
                    MayPass = false,
                };
            case HttpStatusCode.NotFound:
                throw new JobStoreUnavailableException($"The service at {server} cannot do it: {detail} Is that its address?") { MayPass = false };
            default:
                throw new JobStoreUnavailableException($"The service at {server} cannot do it: {detail} {Said("advice")}".TrimEnd());
        }
    }

    private T Understood<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception strange) when (strange is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new JobStoreUnavailableException($"What answers at {server} is not a PoseBatch service of this kind ({strange.Message.TrimEnd('.')}).", strange);
        }
    }
}
