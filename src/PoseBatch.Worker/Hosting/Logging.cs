using PoseBatch.Onnx.Runtime;
using PoseBatch.Worker.Formatting;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;

namespace PoseBatch.Worker.Hosting;

/// <summary>
/// Serilog behind <see cref="Microsoft.Extensions.Logging.ILogger"/>: the only place that knows it. Verbs take the logger from here and hand
/// it on; nothing below them does.
/// </summary>
internal static class Logging
{
    /// <summary>Name of <see cref="Logger"/>.</summary>
    public const string Category = "PoseBatch";


    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";
    private const int HostStartFailed = 11;

    /// <summary>The program's logger; silent until <see cref="Start"/>.</summary>
    public static Microsoft.Extensions.Logging.ILogger Logger { get; private set; } = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <summary>What made <see cref="Logger"/>, for a host; silent until <see cref="Start"/>.</summary>
    public static ILoggerFactory Factory { get; private set; } = Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance;

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
        Factory = new SerilogLoggerFactory(sink, dispose: true);
        Logger = Factory.CreateLogger(Category);
        OrtRuntime.Log = line => HostingLog.OnnxRuntimeSaid(Logger, ToLevel(line.Level), line.Message, line.Location);
    }

    /// <summary>Writes out what is buffered.</summary>
    public static void Stop()
    {
        OrtRuntime.Log = null;
        Factory.Dispose();
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
