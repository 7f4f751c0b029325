namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Log messages of attempts.</summary>
internal static partial class AttemptLog
{
    [LoggerMessage(404, LogLevel.Warning, "Job {JobId}, attempt {Attempt}: another worker has it now; nothing was committed here")]
    public static partial void LeaseLost(ILogger logger, string jobId, int attempt);

    [LoggerMessage(412, LogLevel.Warning, "Job {JobId}, attempt {Attempt}: stopped because the job store was away for longer than the lease; it goes on from its last segment")]
    public static partial void HandedBack(ILogger logger, string jobId, int attempt);

    [LoggerMessage(413, LogLevel.Information, "Video {Video} stopped, job {JobId}, attempt {Attempt}: {Why}")]
    public static partial void Stopped(ILogger logger, string video, string jobId, int attempt, string why);

    [LoggerMessage(414, LogLevel.Error, "Job {JobId}, attempt {Attempt}, was told to stop and does not: {Why}. It is left behind; networks that hang: {Hanging}")]
    public static partial void LeftBehind(ILogger logger, string jobId, int attempt, string why, int hanging);

    [LoggerMessage(417, LogLevel.Information, "Job {JobId} is tried again at {At:HH:mm:ss}; {Attempt} of {MostAttempts} attempts are used up. {Advice}")]
    public static partial void TriedAgain(ILogger logger, string jobId, DateTimeOffset at, int attempt, int mostAttempts, string? advice);
}
