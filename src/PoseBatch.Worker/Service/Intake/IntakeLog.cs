namespace PoseBatch.Worker.Service.Intake;

/// <summary>Log messages of the ways in; event ids 401 to 449.</summary>
internal static partial class IntakeLog
{
    [LoggerMessage(401, LogLevel.Information, "Inbox: '{Path}' is job {JobId} ({Status})")]
    public static partial void Taken(ILogger logger, string path, string jobId, string status);

    [LoggerMessage(402, LogLevel.Warning, "Inbox: '{Path}' is not taken: {Problem}")]
    public static partial void NotTaken(ILogger logger, string path, string problem);

    [LoggerMessage(403, LogLevel.Warning, "Inbox: {Trouble}")]
    public static partial void Trouble(ILogger logger, string trouble);

    [LoggerMessage(404, LogLevel.Information, "Inbox: all is well again")]
    public static partial void TroubleOver(ILogger logger);

    [LoggerMessage(405, LogLevel.Information, "Inbox: no events here, only the scans tell what happens: {Reason}")]
    public static partial void NoEvents(ILogger logger, string reason);

    [LoggerMessage(406, LogLevel.Information, "Inbox: '{Path}' was moved to '{Target}'")]
    public static partial void Moved(ILogger logger, string path, string target);

    [LoggerMessage(407, LogLevel.Error, "{Part} met an unforeseen fault and goes on")]
    public static partial void Fault(ILogger logger, Exception fault, string part);

    [LoggerMessage(408, LogLevel.Debug, "Inbox: {Count} names walked in {Seconds:0.000} s, thorough: {IsThorough}")]
    public static partial void Walked(ILogger logger, long count, double seconds, bool isThorough);

    [LoggerMessage(409, LogLevel.Information, "Inbox: by their names no videos, so they are left out ({Count}): {Names}")]
    public static partial void LeftOut(ILogger logger, long count, string names);

    [LoggerMessage(421, LogLevel.Information, "Job file '{Name}' is job {JobId} ({Status})")]
    public static partial void JobFileTaken(ILogger logger, string name, string jobId, string status);

    [LoggerMessage(422, LogLevel.Warning, "Job file '{Name}' is refused: {Problem}")]
    public static partial void JobFileRefused(ILogger logger, string name, string problem);

    [LoggerMessage(423, LogLevel.Warning, "Job folder: {Trouble}")]
    public static partial void JobFolderTrouble(ILogger logger, string trouble);

    [LoggerMessage(424, LogLevel.Information, "Job folder: all is well again")]
    public static partial void JobFolderTroubleOver(ILogger logger);
}
