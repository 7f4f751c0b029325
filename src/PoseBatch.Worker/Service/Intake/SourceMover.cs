using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// With <c>Inbox:AfterJob = move</c>: when the job of a file is over, renames the file into <c>done/</c> or <c>failed/</c> of
/// the inbox. Nobody else changes anything there. Called by the scan alone.
/// </summary>
/// <param name="submitter">Knows the jobs of files that were submitted earlier.</param>
/// <param name="store">Tells which jobs are over.</param>
/// <param name="root">The inbox, absolute.</param>
/// <param name="moved">Told of every file that was moved away, by its path within the inbox.</param>
/// <param name="logger">Receives what was moved.</param>
internal sealed class SourceMover(JobSubmitter submitter, IJobStore store, string root, Action<string> moved, ILogger logger)
{
    private const int EventsAtOnce = 500;
    private const int RecallsAtOnce = 200;

    private readonly Dictionary<string, Source> _awaited = new(StringComparer.Ordinal);
    private readonly Queue<(Source Source, bool IsBack)> _recalls = new();
    private readonly Queue<string> _fresh = new();
    private readonly List<(string Id, JobStatus Status)> _over = [];
    private long _lastEvent = -1;

    /// <summary>A file that has a job.</summary>
    /// <param name="RelativePath">Within the inbox.</param>
    /// <param name="Size">Bytes when it was taken.</param>
    /// <param name="ModifiedTicks">Time of change when it was taken.</param>
    public sealed record Source(string RelativePath, long Size, long ModifiedTicks);

    /// <summary>The file of a job that was just submitted.</summary>
    public void Await(JobRecord job, Source source)
    {
        _awaited[job.Id] = source;
        _fresh.Enqueue(job.Id);
    }

    /// <summary>A file that was submitted at some earlier time: its job is looked for.</summary>
    /// <param name="source">The file.</param>
    /// <param name="isBack">It was away and has come back: whoever puts a failed file in again wants it tried again.</param>
    public void Recall(Source source, bool isBack) => _recalls.Enqueue((source, isBack));

    /// <summary>Looks which jobs are over and moves their files.</summary>
    /// <param name="troubles">Receives what could not be moved, in words.</param>
    /// <param name="cancellation">Stops waiting for the store.</param>
    /// <exception cref="JobStoreUnavailableException">The store cannot be reached now; nothing is forgotten.</exception>
    public async Task FollowAsync(List<string> troubles, CancellationToken cancellation)
    {
        if (_lastEvent < 0)
        {
            // What ended before is found through the files that are still there.
            _lastEvent = await store.LastEventAsync(cancellation);
        }

        for (int count = 0; count < RecallsAtOnce && _recalls.TryPeek(out (Source Source, bool IsBack) recall); count++)
        {
            await RecallAsync(recall.Source, recall.IsBack, cancellation);
            _recalls.Dequeue();
        }

        await HearAsync(cancellation);

        // A job's end may have been told before anybody waited for it: asked for once, by its id.
        while (_fresh.TryPeek(out string? fresh))
        {
            if (await store.FindAsync(fresh, cancellation) is { } job && job.Status.IsOver() && !_over.Exists(over => over.Id == fresh))
            {
                _over.Add((job.Id, job.Status));
            }

            _fresh.Dequeue();
        }

        foreach ((string id, JobStatus status) in _over)
        {
            if (_awaited.TryGetValue(id, out Source? source) && TryMove(source, status, troubles))
            {
                _awaited.Remove(id);
            }
        }

        _over.RemoveAll(over => !_awaited.ContainsKey(over.Id));
    }

    private async Task RecallAsync(Source source, bool isBack, CancellationToken cancellation)
    {
        JobSubmission known;
        try
        {
            known = await submitter.SubmitAsync(
                new NewJob
                {
                    Origin = "folder",
                    Spec = new JobSpec
                    {
                        Source = new() { Path = Path.Combine(root, source.RelativePath) },
                        IdempotencyKey = InboxKey.Text(InboxKey.Of(source.RelativePath, source.Size, source.ModifiedTicks)),
                    },
                },
                cancellation);
        }
        catch (JobRefusedException)
        {
            return;   // its roots have changed since: the file stays where it is
        }

        JobRecord job = known.Job;
        if (isBack && job.Status is JobStatus.Dead or JobStatus.Cancelled)
        {
            job = await store.RetryAsync(job.Id, cancellation) ?? job;
        }

        Await(job, source);
    }

    private async Task HearAsync(CancellationToken cancellation)
    {
        IReadOnlyList<JobEvent> events;
        do
        {
            events = await store.EventsAsync(null, _lastEvent, EventsAtOnce, cancellation);
            foreach (JobEvent told in events)
            {
                _lastEvent = told.Sequence;
                if (_awaited.ContainsKey(told.JobId))
                {
                    _over.RemoveAll(over => over.Id == told.JobId);
                    if (JobStatuses.Parse(told.State) is { } status && status.IsOver())
                    {
                        _over.Add((told.JobId, status));
                    }
                }
            }
        }
        while (events.Count == EventsAtOnce);
    }

    // True when there is nothing left to be done about the file.
    private bool TryMove(Source source, JobStatus status, List<string> troubles)
    {
        string from = Path.Combine(root, source.RelativePath);
        if (FileFacts.Of(from) is not { } facts || facts.Size != source.Size || facts.ModifiedTicks != source.ModifiedTicks)
        {
            return true;   // taken away, or another file by now, which has a job of its own
        }

        string place = status is JobStatus.Completed or JobStatus.Duplicate ? InboxNames.Done : InboxNames.Failed;
        string folder = Path.Combine(root, place, Path.GetDirectoryName(source.RelativePath) ?? string.Empty);
        try
        {
            string to = AtomicMove.Into(folder, Path.GetFileName(source.RelativePath), from);
            moved(source.RelativePath);
            IntakeLog.Moved(logger, from, to);
            string marker = from + InboxNames.ReadySuffix;
            if (File.Exists(marker))
            {
                AtomicMove.Into(folder, Path.GetFileName(marker), marker);
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            troubles.Add($"A finished file cannot be moved: {failure.Message} See whether '{Path.Combine(root, place)}' can be written and lies on the same file system.");
            return false;
        }
    }
}
