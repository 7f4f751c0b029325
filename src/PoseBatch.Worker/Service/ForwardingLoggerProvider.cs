namespace PoseBatch.Worker.Service;

/// <summary>Sends what ASP.NET and the host log to the one log of the program.</summary>
internal sealed class ForwardingLoggerProvider : ILoggerProvider
{
    private const string Host = "Microsoft.Extensions.Hosting.Internal.Host";

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        categoryName == Host ? new HostLogger(Logging.LoggerOf(categoryName)) : Logging.LoggerOf(categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The log outlives the host: its last words come after it.
    }

    /// <summary>The host's log without the stack of a start that failed: whoever started it gets the exception, and says it in words.</summary>
    private sealed class HostLogger(ILogger inner) : ILogger
    {
        private const int StartFailed = 11;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id != StartFailed)
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
