using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Pushes the meters of the service to a collector, OTLP over HTTP in protobuf, every ten seconds and once at the end.</summary>
internal static class MetricsPush
{
    private const int PeriodMilliseconds = 10_000;

    /// <summary>Begins to push; what is returned ends it.</summary>
    /// <returns>Null when the settings name no collector.</returns>
    /// <exception cref="SettingsException">Service:OtlpEndpoint is no address.</exception>
    public static IDisposable? Start(ServiceSettings settings)
    {
        if (string.IsNullOrEmpty(settings.OtlpEndpoint))
        {
            return null;
        }

        if (!Uri.TryCreate(settings.OtlpEndpoint, UriKind.Absolute, out Uri? endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            throw new SettingsException([$"Service:OtlpEndpoint = {settings.OtlpEndpoint}: must be an address such as http://127.0.0.1:4318/v1/metrics."]);
        }

        return Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("posebatch", serviceVersion: typeof(MetricsPush).Assembly.GetName().Version?.ToString(3)))
            .AddMeter(ServiceMetrics.MeterName)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = endpoint;
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = PeriodMilliseconds;
            })
            .Build();
    }
}
