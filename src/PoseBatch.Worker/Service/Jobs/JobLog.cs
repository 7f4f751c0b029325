namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Log messages of the queue, its workers and what they need.</summary>
internal static partial class JobLog
{
    [LoggerMessage(403, LogLevel.Warning, "The job store cannot be reached, trying again: {Problem}")]
    public static partial void StoreAway(ILogger logger, string problem);

    [LoggerMessage(405, LogLevel.Error, "Job {JobId}: its attempt broke")]
    public static partial void AttemptBroke(ILogger logger, Exception defect, string jobId);

    [LoggerMessage(406, LogLevel.Warning, "Worker {Worker} is gone; {Count} jobs of it go on here")]
    public static partial void WorkerGone(ILogger logger, string worker, int count);

    [LoggerMessage(407, LogLevel.Warning, "Job {JobId} is over, but {Url} could not be told: {Problem}")]
    public static partial void NotNotified(ILogger logger, string jobId, Uri url, string problem);

    [LoggerMessage(409, LogLevel.Warning, "Jobs cannot be done now: {Problem} {Advice}")]
    public static partial void NotReady(ILogger logger, string problem, string? advice);

    [LoggerMessage(410, LogLevel.Warning, "Job {JobId} is over, but {Url} could not be told: {Problem}. It is tried again")]
    public static partial void NotifyLater(ILogger logger, string jobId, Uri url, string problem);

    [LoggerMessage(411, LogLevel.Information, "The job store answers again")]
    public static partial void StoreBack(ILogger logger);

    [LoggerMessage(415, LogLevel.Warning, "No job is begun until results can be written again. {Problem} {Advice}")]
    public static partial void OutputAway(ILogger logger, string problem, string? advice);

    [LoggerMessage(416, LogLevel.Information, "Results can be written again")]
    public static partial void OutputBack(ILogger logger);
}
