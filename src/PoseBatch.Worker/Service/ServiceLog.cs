namespace PoseBatch.Worker.Service;

/// <summary>Log messages of the service as a whole.</summary>
internal static partial class ServiceLog
{
    [LoggerMessage(401, LogLevel.Information, "PoseBatch {Version} runs: inbox {Inbox}, job files {Jobs}, results {Results}, store {Store}, {Slots} videos at once; {Url}")]
    public static partial void ServiceRuns(ILogger logger, string version, string inbox, string jobs, string results, string store, int slots, string url);

    [LoggerMessage(402, LogLevel.Information, "PoseBatch stops: running videos go on to the end of their segment for at most {Seconds} s")]
    public static partial void ServiceStops(ILogger logger, double seconds);

    [LoggerMessage(408, LogLevel.Warning, "ffmpeg is not fully confined: {Why}")]
    public static partial void NotConfined(ILogger logger, string why);

    [LoggerMessage(418, LogLevel.Error, "PoseBatch was asked to stop and something hangs: the process ends {Seconds} s after that as it is; jobs go on from their last segment at the next start")]
    public static partial void StopOverdue(ILogger logger, double seconds);

    [LoggerMessage(430, LogLevel.Warning, "The service runs as root: a decoder that is taken over, or a wrong setting, reaches more than it should. Run it as a user of its own (packaging/posebatch.service does)")]
    public static partial void RunsAsRoot(ILogger logger);
}
