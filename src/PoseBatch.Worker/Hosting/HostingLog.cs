namespace PoseBatch.Worker.Hosting;

/// <summary>Log messages of what runs the networks.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(101, LogLevel.Information, "Provider {Provider} is not used: {Reason}")]
    public static partial void ProviderRefused(ILogger logger, string provider, string reason);

    [LoggerMessage(EventId = 102, Message = "ONNX Runtime: {Text} ({Location})")]
    public static partial void OnnxRuntimeSaid(ILogger logger, LogLevel level, string text, string location);
}
