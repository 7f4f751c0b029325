using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>
/// Server-sent events: <c>hello</c> (where the stream begins), <c>history</c> (one entry of a job's history; its id is the
/// sequence number), <c>job</c> (a job as it is now, after a change or progress), <c>settling</c> (the watched folder) and
/// <c>ping</c>. A reader that comes back with Last-Event-ID is given what it missed.
/// </summary>
/// <remarks>
/// The store is asked, not subscribed to: other processes change it, too. All streams share what it answers; each has a
/// connection and what it told of the running jobs, so their number is bounded.
/// </remarks>
internal sealed class EventStream(ServiceParts parts, CancellationToken stopping)
{
    /// <summary>Where events begin, of a stream and of a list.</summary>
    public static readonly NumberParameter After = new("after", "Only events after that sequence number.") { Most = long.MaxValue };

    /// <summary>What a browser sends that comes back.</summary>
    public static readonly HeaderParameter LastSeen = new("Last-Event-ID", "Sequence number after which a stream goes on; wins over after.");

    /// <summary>Streams at once.</summary>
    public const int MostStreams = 512;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);
    private readonly StoreSnapshotCache _looks = new(parts, stopping);
    private int _open;

    /// <summary>Whether the caller asks for a stream rather than for a list.</summary>
    public static bool IsWanted(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a route answers that gives a stream or a list.</summary>
    public static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
        .WithDescription("Events hello, history, job, settling, away, ping; ids are sequence numbers.")
        .Produces<JobHistory>().SendsAs(200, "text/event-stream")
        .Sends(200, new AnswerHeader("X-Accel-Buffering", "no: streams must not be held back.", IsRequired: false));

    /// <summary>Opens a stream.</summary>
    /// <param name="context">The request; its Last-Event-ID wins over <c>after</c>, which wins over <paramref name="beginning"/>.</param>
    /// <param name="jobId">Only that job's events, and the end after its last one; null for all jobs, without end.</param>
    /// <param name="beginning">Sequence number after which to begin.</param>
    /// <exception cref="ApiException">503: too many streams; 400: a Last-Event-ID that is none.</exception>
    public async Task<IResult> OpenAsync(HttpContext context, string? jobId, long beginning)
    {
        long after = After.In(context.Request, beginning);
        if (context.Request.Headers[LastSeen.Name].ToString() is { Length: > 0 } last
            && (!long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out after) || after < 0))
        {
            throw ApiException.BadParameter(LastSeen.Name, $"'{last}' is no sequence number.");
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            // A body without end would be left out without end.
            return TypedResults.Text(string.Empty, "text/event-stream");
        }

        // A number from another store, moved away since: whoever waited for what comes after it would wait for ever.
        after = Math.Min(after, await parts.Store.LastEventAsync(context.RequestAborted));

        if (Interlocked.Increment(ref _open) > MostStreams)
        {
            Interlocked.Decrement(ref _open);
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "too_many_streams", $"{MostStreams} event streams are open.", "Close a page, or ask again later.");
        }

        context.Response.OnCompleted(() =>
        {
            Interlocked.Decrement(ref _open);
            return Task.CompletedTask;
        });
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(EndQuietlyAsync(jobId, after, context.RequestAborted));
    }

    // An open stream would hold up the end of the service for half a minute: it ends with the service, without a word.
    private async IAsyncEnumerable<SseItem<string>> EndQuietlyAsync(string? jobId, long after, [EnumeratorCancellation] CancellationToken aborted)
    {
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        await using IAsyncEnumerator<SseItem<string>> items = ItemsAsync(jobId, after, linked.Token).GetAsyncEnumerator(CancellationToken.None);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (OperationCanceledException) when (linked.IsCancellationRequested)
            {
                yield break;
            }

            yield return items.Current;
        }
    }

    private async IAsyncEnumerable<SseItem<string>> ItemsAsync(string? jobId, long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return Item("hello", string.Create(CultureInfo.InvariantCulture, $$"""{"last":{{after}}}"""), after);
        Dictionary<string, JobRecord> told = [];
        string? settling = null;
        bool isAway = false;
        long lastWord = parts.Clock.GetTimestamp();
        while (true)
        {
            StoreSnapshot look = _looks.Take();
            List<SseItem<string>> items = [];
            bool isOver = false;
            try
            {
                (after, isOver) = await CollectAsync(look, items, jobId, after, told, cancellation);
                isAway = false;
            }
            catch (JobStoreUnavailableException away)
            {
                if (!isAway)
                {
                    items.Add(Item("away", ApiJson.Text(Problem.Of(away)), null));
                }

                isAway = true;
            }

            if (jobId is null && look.Settling != settling)
            {
                settling = look.Settling;
                items.Add(Item("settling", settling, null));
            }

            if (items.Count == 0 && parts.Clock.GetElapsedTime(lastWord) >= Silence)
            {
                items.Add(Item("ping", "{}", null));
            }

            foreach (SseItem<string> item in items)
            {
                lastWord = parts.Clock.GetTimestamp();
                yield return item;
            }

            if (isOver)
            {
                yield break;
            }

            await Task.Delay(Pause, parts.Clock, cancellation);
        }
    }

    private static async Task<(long After, bool IsOver)> CollectAsync(
        StoreSnapshot look, List<SseItem<string>> items, string? jobId, long after, Dictionary<string, JobRecord> told, CancellationToken cancellation)
    {
        if (await look.LastAsync(cancellation) < after)
        {
            return (after, false);   // begun before this stream was: what it says of jobs may be older than what the reader knows
        }

        IReadOnlyList<JobEvent> history = await look.EventsAsync(jobId, after, cancellation);
        foreach (JobEvent one in history)
        {
            items.Add(Item("history", JobRecordJson.Write(one), one.Sequence));
            after = one.Sequence;
        }

        HashSet<string> changed = [.. history.Select(one => one.JobId)];
        IReadOnlyList<JobRecord> held = jobId is null
            ? await look.HeldAsync(cancellation)
            : await look.FindAsync(jobId, cancellation) is { } only ? [only] : [];

        // The job's last event may be a moment younger than this look: the end is the next one, if it has nothing to add.
        bool isOver = jobId is not null && history.Count == 0
            && (held.Count == 0 || (held[0].Status.IsOver() && told.TryGetValue(jobId, out JobRecord? ended) && ended.Status.IsOver()));
        foreach (JobRecord job in held)
        {
            changed.Remove(job.Id);
            if (!told.TryGetValue(job.Id, out JobRecord? before) || !IsSame(before, job))
            {
                told[job.Id] = job;
                items.Add(Item("job", JobRecordJson.Write(job), null));
            }
        }

        foreach (string id in changed)
        {
            told.Remove(id);
            if (await look.FindAsync(id, cancellation) is { } job)
            {
                items.Add(Item("job", JobRecordJson.Write(job), null));
            }
        }

        return (after, isOver);
    }

    // A lease that was only renewed is no news.
    private static bool IsSame(JobRecord before, JobRecord now) =>
        before.Status == now.Status && before.Token == now.Token && before.Progress == now.Progress;

    private static SseItem<string> Item(string type, string data, long? id) => new(data, type)
    {
        EventId = id?.ToString(CultureInfo.InvariantCulture),
        ReconnectionInterval = type == "hello" ? TimeSpan.FromSeconds(2) : null,
    };
}
