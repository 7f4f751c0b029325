using System.Globalization;
using System.Text;
using PoseBatch.Jobs;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Cli.Client;

/// <summary>Jobs and their history as lines for people. Times are UTC.</summary>
internal static class JobLines
{
    private const int MostVideo = 60;

    /// <summary>The head of <see cref="Row"/>.</summary>
    public static string Head { get; } = $"{"JOB",-26}  {"STATUS",-11}  {"TRY",-5}  {"SUBMITTED",-19}  {"PROGRESS",-22}  VIDEO";

    /// <summary>One job in one line, and its reason, or what its result is warned of, in a second one where there is one.</summary>
    public static string Row(JobRecord job)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{job.Id,-26}  {job.Status.WireName(),-11}  {Attempts(job),-5}  {Time(job.SubmittedAt),-19}  {Progress(job),-22}  {Video(job)}");
        if (job.Reason is { } reason && job.Status is JobStatus.Dead or JobStatus.RetryWait)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}{string.Empty,26}  {reason.WireName()}: {Printable.Of(job.Message ?? string.Empty)}");
        }
        else if (job is { Status: JobStatus.Completed, Message: { Length: > 0 } warnings })
        {
            text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}{string.Empty,26}  warning: {Printable.Of(warnings)}");
        }

        return text.ToString();
    }

    /// <summary>How many stand where, in the order of the life cycle.</summary>
    public static string Counts(IReadOnlyDictionary<JobStatus, long> counts) => counts.Count == 0
        ? "No jobs."
        : string.Join(", ", Enum.GetValues<JobStatus>().Where(counts.ContainsKey)
            .Select(status => string.Create(CultureInfo.InvariantCulture, $"{counts[status]:N0} {status.WireName()}")));

    /// <summary>Everything about one job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="history">Its history.</param>
    /// <param name="waits">Why it is not begun although there seems to be room; null where there is no such reason.</param>
    public static string Whole(JobRecord job, IReadOnlyList<JobEvent> history, string? waits = null)
    {
        StringBuilder text = new();
        Line(text, "job", job.Id);
        Line(text, "status", job.Status.WireName());
        Line(text, "video", job.Spec.Source.Path);
        Line(text, "result", job.ResultPath);
        Line(text, "duplicate of", job.DuplicateOf);
        Line(text, "reason", job.Reason?.WireName());
        Line(text, "message", job.Message);
        Line(text, "advice", job.Advice);
        Line(text, "waits", waits);
        Line(text, "attempt", Attempts(job));
        Line(text, "progress", job.Progress is null ? null : $"{Progress(job)} {job.Progress.Runs}".TrimEnd());
        Line(text, "worker", job.Worker);
        Line(text, "lease until", job.LeaseUntil is { } until ? Time(until) : null);
        Line(text, "not before", job.Status == JobStatus.RetryWait ? Time(job.RunAt) : null);
        Line(text, "submitted", $"{Time(job.SubmittedAt)} through {job.Origin}");
        Line(text, "started", job.StartedAt is { } started ? Time(started) : null);
        Line(text, "finished", job.FinishedAt is { } finished ? Time(finished) : null);
        Line(text, "key", job.ResultKey);
        Line(text, "spec", JobJson.Write(job.Spec));
        text.Append("history");
        foreach (JobEvent entry in history)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}  {Event(entry)}");
        }

        return text.ToString();
    }

    /// <summary>One line of history.</summary>
    public static string Event(JobEvent entry)
    {
        string words = string.Join(": ", new[] { entry.Reason?.WireName(), entry.Message }.Where(part => part is not null));
        string attempt = entry.Attempt > 0 ? string.Create(CultureInfo.InvariantCulture, $"#{entry.Attempt}") : string.Empty;
        return $"{Time(entry.Time)}  {entry.State,-14} {attempt,-3} {Printable.Of(words)}".TrimEnd();
    }

    /// <summary>How far it is: share of the video, frames per second; empty when nothing is known.</summary>
    public static string Progress(JobRecord job)
    {
        if (job.Progress is not { } progress || job.Status is JobStatus.Queued)
        {
            return string.Empty;
        }

        // An edit list leaves out frames that the container announces, so the last of them may be no 100 %.
        double? share = job.Status == JobStatus.Completed ? 1
            : progress.AnnouncedFrames is > 0 and long frames ? (double)progress.Frames / frames
            : progress.DurationSeconds is > 0 and double length ? progress.Seconds / length
            : null;
        string far = share is { } part
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Clamp(part, 0, 1) * 100:F0} %")
            : string.Create(CultureInfo.InvariantCulture, $"{progress.Frames:N0} frames");
        return job.Status.IsHeld() ? string.Create(CultureInfo.InvariantCulture, $"{far}, {progress.FramesPerSecond:F0} fps") : far;
    }

    private static string Attempts(JobRecord job) => string.Create(CultureInfo.InvariantCulture, $"{job.Attempt}/{job.Spec.Limits.MaxAttempts ?? 3}");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    // The end of a path tells more than its beginning.
    private static string Video(JobRecord job) => Printable.Of(job.Spec.Source.Path) is var path && path.Length > MostVideo ? $"...{path.AsSpan(path.Length - MostVideo + 3)}" : path;

    private static void Line(StringBuilder text, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name,-13}{Printable.Of(value)}{Environment.NewLine}");
        }
    }
}
