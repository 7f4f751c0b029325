using PoseBatch.Onnx.Runtime;
using PoseBatch.Pipeline;
using PoseBatch.Worker.Formatting;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;

namespace PoseBatch.Worker.Hosting;

/// <summary>Serilog behind <see cref="Microsoft.Extensions.Logging.ILogger"/>: the only place that knows it.</summary>
internal static class Logging
{
    private const string Category = "PoseBatch";
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";
    private const int HostStartFailed = 11;

    private static SerilogLoggerFactory? _factory;

    /// <summary>The program's logger; silent until <see cref="Start"/>.</summary>
    public static Microsoft.Extensions.Logging.ILogger Logger { get; private set; } = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <summary>What <see cref="Logger"/> writes to, for a host; silent until <see cref="Start"/>.</summary>
    public static Serilog.ILogger Sink { get; private set; } = Serilog.Core.Logger.None;

    /// <summary>Starts the log as the Serilog section says; without sinks there, it goes to standard error.</summary>
    /// <param name="configuration">Holds the Serilog section.</param>
    /// <param name="service">
    /// Null for all verbs but <c>run</c>. A service says by default what it does (Information), not only what goes wrong, in the
    /// format its section asks for; ASP.NET's own chatter stays out.
    /// </param>
    /// <exception cref="SettingsException">The section cannot be used.</exception>
    public static void Start(IConfiguration configuration, ServiceSettings? service = null)
    {
        LoggerConfiguration log = new();
        try
        {
            log = log.ReadFrom.Configuration(configuration);
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or ArgumentException or FormatException)
        {
            throw new SettingsException([$"Serilog: {wrong.Message}"]);
        }

        if (service is not null && configuration["Serilog:MinimumLevel"] == nameof(LogEventLevel.Warning))
        {
            log = log.MinimumLevel.Override(Category, LogEventLevel.Information);
        }

        if (!configuration.GetSection("Serilog:WriteTo").Exists())
        {
            log = service?.LogFormat == ServiceSettings.JsonLog
                ? log.WriteTo.Console(new RenderedCompactJsonFormatter(), standardErrorFromLevel: LogEventLevel.Verbose)
                : log.WriteTo.Console(
                    standardErrorFromLevel: LogEventLevel.Verbose,
                    outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}",
                    formatProvider: System.Globalization.CultureInfo.InvariantCulture);
        }

        Logger sink = log.Enrich.With<PrintableTexts>().Filter.ByExcluding(IsStackOfFailedStart).CreateLogger();
        Sink = sink;
        _factory = new SerilogLoggerFactory(sink, dispose: true);
        Logger = _factory.CreateLogger(Category);
        OrtRuntime.Log = line => Log.OnnxRuntimeSaid(Logger, ToLevel(line.Level), line.Message, line.Location);
    }

    /// <summary>Writes out what is buffered.</summary>
    public static void Stop()
    {
        OrtRuntime.Log = null;
        _factory?.Dispose();
    }

    // Whoever started the host gets the exception, and says it in words.
    private static bool IsStackOfFailedStart(LogEvent line) =>
        line.Properties.TryGetValue(Constants.SourceContextPropertyName, out LogEventPropertyValue? source)
        && source is ScalarValue { Value: HostCategory }
        && line.Properties.TryGetValue("EventId", out LogEventPropertyValue? id)
        && id is StructureValue { Properties: var parts }
        && parts.Any(part => part is { Name: "Id", Value: ScalarValue { Value: HostStartFailed } });

    private static LogLevel ToLevel(OrtLogLevel level) => level switch
    {
        OrtLogLevel.Verbose => LogLevel.Debug,
        OrtLogLevel.Information => LogLevel.Information,

        // ONNX Runtime warns of matters that need no hand; what matters comes back as an exception.
        _ => LogLevel.Information,
    };
}

/// <summary>Makes the texts in a message printable, so that one message is one line whatever a file is called.</summary>
internal sealed class PrintableTexts : ILogEventEnricher
{
    /// <inheritdoc/>
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        List<LogEventProperty>? changed = null;
        foreach ((string name, LogEventPropertyValue value) in logEvent.Properties)
        {
            if (value is ScalarValue { Value: string text } && Printable.Of(text) is { } printable && !ReferenceEquals(printable, text))
            {
                (changed ??= []).Add(new(name, new ScalarValue(printable)));
            }
        }

        changed?.ForEach(logEvent.AddOrUpdateProperty);
    }
}

/// <summary>Log messages with stable event ids.</summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Information, "Provider {Provider} is not used: {Reason}")]
    public static partial void ProviderRefused(Microsoft.Extensions.Logging.ILogger logger, string provider, string reason);

    [LoggerMessage(EventId = 102, Message = "ONNX Runtime: {Text} ({Location})")]
    public static partial void OnnxRuntimeSaid(Microsoft.Extensions.Logging.ILogger logger, LogLevel level, string text, string location);

    /// <summary>Once per job, whatever became of it.</summary>
    public static void JobEnded(JobReport report)
    {
        if (report is { State: RunOutcome.Completed, Counts: { } counts })
        {
            JobCompleted(Logging.Logger, report.Path, counts.SourceFrames, counts.Persons, report.Elapsed.TotalSeconds, report.ResultPath!);
        }
        else
        {
            string said = string.Join(": ", new[] { report.Reason?.WireName(), report.Message ?? report.ResultPath }.OfType<string>());
            JobNotCompleted(Logging.Logger, report.Path, report.State, said);
        }
    }

    [LoggerMessage(301, LogLevel.Information, "Video {Video} completed: {FrameCount} frames, {PoseCount} poses in {Seconds:0.0} s; {ResultPath}")]
    private static partial void JobCompleted(
        Microsoft.Extensions.Logging.ILogger logger, string video, long frameCount, long poseCount, double seconds, string resultPath);

    [LoggerMessage(302, LogLevel.Information, "Video {Video} ended {State}: {Detail}")]
    private static partial void JobNotCompleted(
        Microsoft.Extensions.Logging.ILogger logger, string video, RunOutcome state, string detail);
}
