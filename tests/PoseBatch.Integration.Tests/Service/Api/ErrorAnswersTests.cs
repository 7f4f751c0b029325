using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PoseBatch.Worker.Service.Api;

namespace PoseBatch.Service.Api;

/// <summary>What is no failure of the service is not logged as one.</summary>
public class ErrorAnswersTests
{
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task A_client_that_broke_its_connection_off_is_no_error_of_the_service(bool isBrokenOff, int errors)
    {
        Counting logger = new();
        ErrorAnswers answers = new(logger);
        await answers.InvokeAsync(
            new DefaultHttpContext(),
            _ => throw (isBrokenOff ? new ConnectionResetException("Connection reset by peer") : new InvalidDataException("a defect")));

        Assert.Equal(errors, logger.Errors);
    }

    private sealed class Counting : ILogger
    {
        public int Errors { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Errors += logLevel >= LogLevel.Error ? 1 : 0;
    }
}
