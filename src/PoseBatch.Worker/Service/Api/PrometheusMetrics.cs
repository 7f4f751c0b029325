using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace PoseBatch.Worker.Service.Api;

/// <summary>
/// Gathers the meters of this service and a few of the web server for <c>/metrics</c>. OpenTelemetry's exporter names them: dots
/// become underscores, the unit is spelt out at the end, counters end in <c>_total</c>.
/// </summary>
internal static class PrometheusMetrics
{
    // Of a metric; what comes after them is counted in one series (otel_metric_overflow), so that no caller can fill the memory.
    private const int MostSeries = 500;

    private static readonly string[] MetersOfTheServer = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    // Those with few series that say something about this service.
    private static readonly string[] OfTheServer = ["http.server.request.duration", "http.server.active_requests", "kestrel.active_connections"];

    /// <summary>Starts to gather; dispose of what is returned at the end.</summary>
    /// <param name="own">The meter of this service. All meters of its name are heard.</param>
    public static MeterProvider Collect(Meter own) => Sdk.CreateMeterProviderBuilder()
        .AddMeter([own.Name, .. MetersOfTheServer])
        .AddView(instrument => instrument.Meter.Name == own.Name || OfTheServer.Contains(instrument.Name)
            ? new MetricStreamConfiguration { CardinalityLimit = MostSeries }
            : MetricStreamConfiguration.Drop)
        .AddPrometheusExporter(exporter =>
        {
            // Plain names: the collector knows whom it asks, and there is one meter of ours.
            exporter.ScopeInfoEnabled = false;
            exporter.TargetInfoEnabled = false;
            exporter.ScrapeResponseCacheDurationMilliseconds = 0;
        })
        .Build();
}
