using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Submit, list, show, cancel and retry jobs; their history.</summary>
internal sealed class JobRoutes(ServiceParts parts, EventStream stream)
{
    /// <summary>What <c>{id}</c> is, wherever it stands in an address.</summary>
    public const string JobId = "The job's ULID.";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly TextParameter Status = new("status", "Only these, separated by commas.");
    private static readonly TextParameter Group = new("group", "Only of that group.");
    private static readonly TextParameter Before = new("before", "Go on before that id: next of the page before.");
    private static readonly NumberParameter Limit = new("limit", "At most.") { Least = 1, Most = 1000, Standard = 100 };
    private static readonly NumberParameter EventLimit = new("limit", "At most, for a list.") { Least = 1, Most = 10_000, Standard = 1000 };
    private static readonly AnswerHeader Location = new("Location", "Where the job is shown.");

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder jobs = routes.Section("Jobs");
        jobs.MapPost("/api/jobs", SubmitAsync).Describe("submitJob", "Submit a job: 201 for a new one, 200 for the one that has its id or idempotency key.")
            .Takes().Reads<JobSpec>().Sends(200, Location).Sends(201, Location).Fails(408, 413, 415, 503);
        jobs.MapRead("/api/jobs", ListAsync).Describe("listJobs", "Jobs, newest first.").Takes(Status, Group, Before, Limit).Fails(503);
        jobs.MapRead("/api/jobs/{id}", ShowAsync).Describe("showJob", "One job.").Takes().Fails(404, 503);
        jobs.MapPost("/api/jobs/{id}/cancel", CancelAsync).Describe("cancelJob", "Cancel; a job that is over stays as it is.").Takes().Fails(404, 503);
        jobs.MapPost("/api/jobs/{id}/retry", RetryAsync)
            .Describe("retryJob", "Queue a dead or cancelled job again; others stay as they are (409, or 200 when it is queued already).").Takes().Fails(404, 409, 503);

        RouteGroupBuilder events = routes.Section("Events");
        EventStream.Describe(events.MapRead("/api/jobs/{id}/events", HistoryAsync).Takes(EventStream.After, EventLimit, EventStream.LastSeen))
            .Describe("jobEvents", "History of a job; with Accept: text/event-stream live, until the job is over.").Fails(404, 503);
        EventStream.Describe(events.MapRead("/api/events", AllEventsAsync).Takes(EventStream.After, EventLimit, EventStream.LastSeen))
            .Describe("allEvents", "What happens to all jobs: live, or with after or limit and without Accept: text/event-stream as a list.").Fails(503);
        routes.Section("Watched folder").MapRead("/api/settling", () => TypedResults.Ok(SettlingFiles.Of(parts.Intake)))
            .Describe("listSettling", "Files of the watched folder that are not whole yet.").Takes();
    }

    private async Task<Results<Ok<JobDocument>, Created<JobDocument>>> SubmitAsync(HttpRequest request, CancellationToken cancellation)
    {
        JobSpec spec = await ReadSpecAsync(request, cancellation);
        JobSubmission submission = await parts.Submitter.SubmitAsync(new NewJob { Spec = spec, Origin = "api" }, cancellation);
        string address = $"/api/jobs/{submission.Job.Id}";
        JobDocument job = JobDocument.Of(submission.Job);
        request.HttpContext.Response.Headers.Location = address;
        return submission.IsNew ? TypedResults.Created(address, job) : TypedResults.Ok(job);
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

    private async Task<Ok<JobPage>> ListAsync(HttpRequest request, CancellationToken cancellation)
    {
        int limit = (int)Limit.In(request)!;
        string? before = Before.In(request);
        if (before is not null && await parts.Store.FindAsync(before, cancellation) is null)
        {
            // An empty page would say that there is nothing before it.
            throw ApiException.BadParameter("before", $"there is no job '{before}'; it takes the 'next' of the page before.");
        }

        IReadOnlyList<JobRecord> jobs = await parts.Store.ListAsync(
            new JobQuery { Statuses = StatusesOf(request), Group = Group.In(request), Before = before, Most = limit },
            cancellation);
        IReadOnlyDictionary<JobStatus, long> counts = await parts.Store.CountAsync(cancellation);
        return TypedResults.Ok(JobPage.Of(jobs, jobs.Count == limit ? jobs[^1].Id : null, counts, WaitReason.Of(parts, counts)));
    }

    private static List<JobStatus> StatusesOf(HttpRequest request)
    {
        List<JobStatus> statuses = [];
        foreach (string name in request.Query[Status.Name].SelectMany(text => (text ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            statuses.Add(JobStatuses.Parse(name) ?? throw ApiException.BadParameter(
                Status.Name, $"'{name}' is none; there are {string.Join(", ", Enum.GetValues<JobStatus>().Select(status => status.WireName()))}."));
        }

        return statuses;
    }

    private async Task<Ok<JobDocument>> ShowAsync([Description(JobId)] string id, CancellationToken cancellation) =>
        Shown(await parts.Store.FindAsync(id, cancellation), id);

    private async Task<Ok<JobDocument>> CancelAsync([Description(JobId)] string id, CancellationToken cancellation) =>
        Shown(await parts.Store.CancelAsync(id, cancellation), id);

    private async Task<Ok<JobDocument>> RetryAsync([Description(JobId)] string id, CancellationToken cancellation)
    {
        JobRecord job = await parts.Store.RetryAsync(id, cancellation) ?? throw ApiException.NoSuchJob(id);
        return job.Status == JobStatus.Queued
            ? Shown(job, id)
            : throw new ApiException(
                StatusCodes.Status409Conflict, "nothing_to_retry", $"Job '{id}' is {job.Status.WireName()}: only dead and cancelled jobs are tried again.",
                job.Status == JobStatus.Completed ? "To compute its result anew, submit the job again with output.overwrite \"replace\"." : null);
    }

    private static Ok<JobDocument> Shown(JobRecord? job, string id) => TypedResults.Ok(JobDocument.Of(job ?? throw ApiException.NoSuchJob(id)));

    private async Task<IResult> HistoryAsync(HttpContext context, [Description(JobId)] string id)
    {
        _ = await parts.Store.FindAsync(id, context.RequestAborted) ?? throw ApiException.NoSuchJob(id);
        return EventStream.IsWanted(context.Request)
            ? await stream.OpenAsync(context, id, beginning: 0)
            : await EventsAsync(context.Request, id);
    }

    private async Task<IResult> AllEventsAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool isList = request.Query[EventStream.After.Name].ToString().Length > 0 || request.Query[EventLimit.Name].ToString().Length > 0;
        return isList && !EventStream.IsWanted(request)
            ? await EventsAsync(request, null)
            : await stream.OpenAsync(context, null, await parts.Store.LastEventAsync(context.RequestAborted));
    }

    private async Task<Ok<JobHistory>> EventsAsync(HttpRequest request, string? id)
    {
        long after = EventStream.After.In(request, 0);
        int limit = (int)EventLimit.In(request)!;
        return TypedResults.Ok(JobHistory.Of(await parts.Store.EventsAsync(id, after, limit, request.HttpContext.RequestAborted), after));
    }
}
