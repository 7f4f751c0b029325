namespace PoseBatch.Worker.Service;

/// <summary>Sends what ASP.NET and the host log to the one log of the program.</summary>
internal sealed class ForwardingLoggerProvider : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => Logging.LoggerOf(categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The log outlives the host: its last words come after it.
    }
}
