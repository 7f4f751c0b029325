namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Messages of the service.</summary>
internal static partial class ServiceLog
{
    [LoggerMessage(401, LogLevel.Information, "PoseBatch {Version} runs: inbox {Inbox}, job files {Jobs}, results {Results}, store {Store}, {Slots} videos at once; {Url}")]
    public static partial void ServiceRuns(
        Microsoft.Extensions.Logging.ILogger logger, string version, string inbox, string jobs, string results, string store, int slots, string url);

    [LoggerMessage(402, LogLevel.Information, "PoseBatch stops: running videos go on to the end of their segment for at most {Seconds} s")]
    public static partial void ServiceStops(Microsoft.Extensions.Logging.ILogger logger, double seconds);

    [LoggerMessage(418, LogLevel.Error, "PoseBatch was asked to stop and something hangs: the process ends {Seconds} s after that as it is; jobs go on from their last segment at the next start")]
    public static partial void StopOverdue(Microsoft.Extensions.Logging.ILogger logger, double seconds);

    [LoggerMessage(403, LogLevel.Warning, "The job store cannot be reached, trying again: {Problem}")]
    public static partial void StoreAway(Microsoft.Extensions.Logging.ILogger logger, string problem);

    [LoggerMessage(404, LogLevel.Warning, "Job {JobId}, attempt {Attempt}: another worker has it now; nothing was committed here")]
    public static partial void LeaseLost(Microsoft.Extensions.Logging.ILogger logger, string jobId, int attempt);

    [LoggerMessage(405, LogLevel.Error, "Job {JobId}: its attempt broke")]
    public static partial void AttemptBroke(Microsoft.Extensions.Logging.ILogger logger, Exception defect, string jobId);

    [LoggerMessage(406, LogLevel.Warning, "Worker {Worker} is gone; {Count} jobs of it go on here")]
    public static partial void WorkerGone(Microsoft.Extensions.Logging.ILogger logger, string worker, int count);

    [LoggerMessage(407, LogLevel.Warning, "Job {JobId} is over, but {Url} could not be told: {Problem}")]
    public static partial void NotNotified(Microsoft.Extensions.Logging.ILogger logger, string jobId, Uri url, string problem);

    [LoggerMessage(409, LogLevel.Warning, "Jobs cannot be done now: {Problem} {Advice}")]
    public static partial void NotReady(Microsoft.Extensions.Logging.ILogger logger, string problem, string? advice);

    [LoggerMessage(410, LogLevel.Warning, "Job {JobId} is over, but {Url} could not be told: {Problem}. It is tried again")]
    public static partial void NotifyLater(Microsoft.Extensions.Logging.ILogger logger, string jobId, Uri url, string problem);

    [LoggerMessage(411, LogLevel.Information, "The job store answers again")]
    public static partial void StoreBack(Microsoft.Extensions.Logging.ILogger logger);

    [LoggerMessage(412, LogLevel.Warning, "Job {JobId}, attempt {Attempt}: stopped because the job store was away for longer than the lease; it goes on from its last segment")]
    public static partial void HandedBack(Microsoft.Extensions.Logging.ILogger logger, string jobId, int attempt);

    [LoggerMessage(413, LogLevel.Information, "Video {Video} stopped, job {JobId}, attempt {Attempt}: {Why}")]
    public static partial void AttemptStopped(Microsoft.Extensions.Logging.ILogger logger, string video, string jobId, int attempt, string why);

    [LoggerMessage(408, LogLevel.Warning, "ffmpeg is not fully confined: {Why}")]
    public static partial void NotConfined(Microsoft.Extensions.Logging.ILogger logger, string why);

    [LoggerMessage(430, LogLevel.Warning, "The service runs as root: a decoder that is taken over, or a wrong setting, reaches more than it should. Run it as a user of its own (packaging/posebatch.service does)")]
    public static partial void RunsAsRoot(Microsoft.Extensions.Logging.ILogger logger);

    [LoggerMessage(414, LogLevel.Error, "Job {JobId}, attempt {Attempt}, was told to stop and does not: {Why}. It is left behind; networks that hang: {Hanging}")]
    public static partial void LeftBehind(Microsoft.Extensions.Logging.ILogger logger, string jobId, int attempt, string why, int hanging);

    [LoggerMessage(415, LogLevel.Warning, "No job is begun until results can be written again. {Problem} {Advice}")]
    public static partial void OutputAway(Microsoft.Extensions.Logging.ILogger logger, string problem, string? advice);

    [LoggerMessage(416, LogLevel.Information, "Results can be written again")]
    public static partial void OutputBack(Microsoft.Extensions.Logging.ILogger logger);

    [LoggerMessage(417, LogLevel.Information, "Job {JobId} is tried again at {At:HH:mm:ss}; {Attempt} of {MostAttempts} attempts are used up. {Advice}")]
    public static partial void TriedAgain(Microsoft.Extensions.Logging.ILogger logger, string jobId, DateTimeOffset at, int attempt, int mostAttempts, string? advice);
}
