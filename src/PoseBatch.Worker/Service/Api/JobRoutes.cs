using System.Text;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Submit, list, show, cancel and retry jobs; their history.</summary>
internal sealed class JobRoutes(ServiceParts parts, EventStream stream)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/jobs", (Delegate)SubmitAsync);
        routes.MapRead("/api/jobs", (Delegate)ListAsync);
        routes.MapRead("/api/jobs/{id}", ShowAsync);
        routes.MapPost("/api/jobs/{id}/cancel", (HttpContext context, string id) => ChangeAsync(context, id, parts.Store.CancelAsync));
        routes.MapPost("/api/jobs/{id}/retry", RetryAsync);
        routes.MapRead("/api/jobs/{id}/events", HistoryAsync);
        routes.MapRead("/api/events", (Delegate)AllEventsAsync);
        routes.MapRead("/api/settling", (Delegate)Settling);
    }

    private async Task<IResult> SubmitAsync(HttpContext context)
    {
        Query.OnlyKnown(context.Request);
        JobSpec spec = await ReadSpecAsync(context.Request, context.RequestAborted);
        JobSubmission submission = await parts.Desk.SubmitAsync(new NewJob { Spec = spec, Origin = "api" }, context.RequestAborted);
        context.Response.Headers.Location = $"/api/jobs/{submission.Job.Id}";
        return JobText.Answer(
            json => JobRecordJson.Write(json, submission.Job), submission.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static async Task<JobSpec> ReadSpecAsync(HttpRequest request, CancellationToken cancellation)
    {
        const int Most = JobJson.MaxBytes;
        ApiException.ThrowIfEncoded(request);
        if (request.ContentLength > Most)
        {
            throw TooLarge();
        }

        using MemoryStream body = new();
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            body.Write(buffer, 0, count);
            if (body.Length > Most)
            {
                throw TooLarge();
            }
        }

        string text;
        try
        {
            text = StrictUtf8.GetString(body.GetBuffer().AsSpan(0, (int)body.Length)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            // Read leniently, a path would be another one than was meant.
            throw ApiException.BadParameter("the text", "is not valid UTF-8.");
        }

        IReadOnlyList<string> problems = JobJson.TryRead(text, out JobSpec? spec);
        return spec ?? throw new ApiException(
            StatusCodes.Status400BadRequest, "bad_request", string.Join("; ", problems), field: problems.Count > 0 ? problems[0].Split(':')[0] : null);
    }

    private static ApiException TooLarge() => new(StatusCodes.Status413PayloadTooLarge, "too_large", $"A job may have {JobJson.MaxBytes} bytes.");

    private async Task<IResult> ListAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        Query.OnlyKnown(request, "status", "group", "before", "limit");
        int limit = (int)Query.Number(request, "limit", 1, 1000, 100);
        string? before = Query.Text(request, "before");
        if (before is not null && await parts.Store.FindAsync(before, context.RequestAborted) is null)
        {
            // An empty page would say that there is nothing before it.
            throw ApiException.BadParameter("before", $"there is no job '{before}'; it takes the 'next' of the page before.");
        }

        IReadOnlyList<JobRecord> jobs = await parts.Store.ListAsync(
            new JobQuery { Statuses = StatusesOf(request), Group = Query.Text(request, "group"), Before = before, Most = limit },
            context.RequestAborted);
        IReadOnlyDictionary<JobStatus, long> counts = await parts.Store.CountAsync(context.RequestAborted);
        return JobText.Page(jobs, jobs.Count == limit ? jobs[^1].Id : null, counts, WaitReason.Of(parts, counts));
    }

    private static List<JobStatus> StatusesOf(HttpRequest request)
    {
        List<JobStatus> statuses = [];
        foreach (string name in request.Query["status"].SelectMany(text => (text ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            statuses.Add(JobStatuses.Parse(name) ?? throw ApiException.BadParameter(
                "status", $"'{name}' is none; there are {string.Join(", ", Enum.GetValues<JobStatus>().Select(status => status.WireName()))}."));
        }

        return statuses;
    }

    private async Task<IResult> ShowAsync(HttpContext context, string id)
    {
        Query.OnlyKnown(context.Request);
        JobRecord job = await parts.Store.FindAsync(id, context.RequestAborted) ?? throw ApiException.NoSuchJob(id);
        return JobText.Answer(json => JobRecordJson.Write(json, job));
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, string id, Func<string, CancellationToken, Task<JobRecord?>> change)
    {
        Query.OnlyKnown(context.Request);
        JobRecord job = await change(id, context.RequestAborted) ?? throw ApiException.NoSuchJob(id);
        return JobText.Answer(json => JobRecordJson.Write(json, job));
    }

    private async Task<IResult> RetryAsync(HttpContext context, string id)
    {
        Query.OnlyKnown(context.Request);
        JobRecord job = await parts.Store.RetryAsync(id, context.RequestAborted) ?? throw ApiException.NoSuchJob(id);
        return job.Status == JobStatus.Queued
            ? JobText.Answer(json => JobRecordJson.Write(json, job))
            : throw new ApiException(
                StatusCodes.Status409Conflict, "nothing_to_retry", $"Job '{id}' is {job.Status.WireName()}: only dead and cancelled jobs are tried again.",
                job.Status == JobStatus.Completed ? "To compute its result anew, submit the job again with output.overwrite \"replace\"." : null);
    }

    private async Task<IResult> HistoryAsync(HttpContext context, string id)
    {
        HttpRequest request = context.Request;
        Query.OnlyKnown(request, "after", "limit");
        _ = await parts.Store.FindAsync(id, context.RequestAborted) ?? throw ApiException.NoSuchJob(id);
        if (EventStream.IsWanted(request))
        {
            return await stream.OpenAsync(context, id, beginning: 0);
        }

        long after = Query.Number(request, "after", 0, long.MaxValue, 0);
        int limit = (int)Query.Number(request, "limit", 1, 10_000, 1000);
        return JobText.History(await parts.Store.EventsAsync(id, after, limit, context.RequestAborted), after);
    }

    private async Task<IResult> AllEventsAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        Query.OnlyKnown(request, "after", "limit");
        if (!EventStream.IsWanted(request) && (Query.Text(request, "after") ?? Query.Text(request, "limit")) is not null)
        {
            long after = Query.Number(request, "after", 0, long.MaxValue, 0);
            int limit = (int)Query.Number(request, "limit", 1, 10_000, 1000);
            return JobText.History(await parts.Store.EventsAsync(null, after, limit, context.RequestAborted), after);
        }

        return await stream.OpenAsync(context, null, await parts.Store.LastEventAsync(context.RequestAborted));
    }

    private IResult Settling(HttpContext context)
    {
        Query.OnlyKnown(context.Request);
        return JobText.Answer(json => IntakeText.Write(json, parts.Intake));
    }
}
