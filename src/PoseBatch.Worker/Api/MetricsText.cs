using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace PoseBatch.Worker.Api;

/// <summary>
/// Gathers this service's meters and those of the web server and writes them in the text format of Prometheus (version 0.0.4).
/// Names follow OpenTelemetry's rule for it: dots become underscores, the unit is spelt out at the end, counters end in
/// <c>_total</c>. Thread-safe.
/// </summary>
internal sealed class MetricsText : IDisposable
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Series per metric; what comes after them is left out, so that no caller can fill the memory.</summary>
    private const int MostSeries = 500;

    private static readonly double[] UsualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    // Of the server's instruments only those with few series that say something about this service.
    private static readonly string[] OfTheServer = ["http.server.request.duration", "http.server.active_requests", "kestrel.active_connections"];

    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Metric> _metrics = new(StringComparer.Ordinal);

    /// <summary>Starts to listen.</summary>
    /// <param name="own">The meter of this service; another service's in the same process is not heard.</param>
    public MetricsText(Meter own)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, own) || OfTheServer.Contains(instrument.Name))
            {
                listener.EnableMeasurementEvents(instrument, MetricOf(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Take(state, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Take(state, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Take(state, value, tags));
        _listener.Start();
    }

    /// <summary>Everything as text.</summary>
    public string Write()
    {
        lock (_gate)
        {
            foreach (Metric metric in _metrics.Values)
            {
                metric.Forget();
            }
        }

        _listener.RecordObservableInstruments();
        StringBuilder text = new();
        lock (_gate)
        {
            foreach ((string name, Metric metric) in _metrics)
            {
                metric.Write(text, name);
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>The name of an instrument in the text.</summary>
    internal static string NameOf(Instrument instrument)
    {
        StringBuilder name = new();
        foreach (char letter in instrument.Name)
        {
            name.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        }

        string unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => string.Empty };
        return name.Append(unit).Append(IsCounter(instrument) ? "_total" : string.Empty).ToString();
    }

    private static bool IsCounter(Instrument instrument) => KindOf(instrument) == "counter";

    private static string KindOf(Instrument instrument)
    {
        string type = instrument.GetType().Name;
        return type.StartsWith("Counter", StringComparison.Ordinal) || type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter"
            : type.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
            : "gauge";
    }

    private Metric MetricOf(Instrument instrument)
    {
        Metric metric = new(
            KindOf(instrument), instrument.Description ?? instrument.Name, instrument.IsObservable,
            instrument is Histogram<double> histogram ? histogram.Advice?.HistogramBucketBoundaries?.ToArray() ?? UsualBounds : UsualBounds,
            isSum: instrument.GetType().Name.StartsWith("UpDown", StringComparison.Ordinal));
        lock (_gate)
        {
            // Several servers of one process share their instruments' names: they are counted together.
            return _metrics.TryGetValue(NameOf(instrument), out Metric? known) ? known : _metrics[NameOf(instrument)] = metric;
        }
    }

    private void Take(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            ((Metric)state!).Take(value, tags);
        }
    }

    private sealed class Metric(string kind, string help, bool isObservable, double[] bounds, bool isSum)
    {
        private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);

        /// <summary>Observed values are told anew at every reading; a series that is told no more must not stay.</summary>
        public void Forget()
        {
            if (isObservable)
            {
                _series.Clear();
            }
        }

        public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string labels = LabelsOf(tags);
            if (!_series.TryGetValue(labels, out Series? series))
            {
                if (_series.Count >= MostSeries)
                {
                    return;
                }

                _series[labels] = series = new Series(bounds.Length);
            }

            if (kind == "histogram")
            {
                int bucket = 0;
                while (bucket < bounds.Length && value > bounds[bucket])
                {
                    bucket++;
                }

                series.Buckets[bucket]++;
                series.Value += value;
            }
            else
            {
                series.Value = isObservable || !(kind == "counter" || isSum) ? value : series.Value + value;
            }
        }

        public void Write(StringBuilder text, string name)
        {
            if (_series.Count == 0)
            {
                return;
            }

            text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
            foreach ((string labels, Series series) in _series)
            {
                if (kind != "histogram")
                {
                    Line(text, name, labels, Number(series.Value));
                    continue;
                }

                long count = 0;
                for (int i = 0; i <= bounds.Length; i++)
                {
                    count += series.Buckets[i];
                    string bound = $"le=\"{(i < bounds.Length ? Number(bounds[i]) : "+Inf")}\"";
                    Line(text, name + "_bucket", labels.Length > 0 ? $"{labels},{bound}" : bound, Number(count));
                }

                Line(text, name + "_sum", labels, Number(series.Value));
                Line(text, name + "_count", labels, Number(count));
            }
        }

        private static void Line(StringBuilder text, string name, string labels, string value)
        {
            text.Append(name);
            if (labels.Length > 0)
            {
                text.Append('{').Append(labels).Append('}');
            }

            text.Append(' ').Append(value).Append('\n');
        }

        private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            List<string> labels = [];
            foreach ((string key, object? value) in tags)
            {
                StringBuilder name = new();
                foreach (char letter in key)
                {
                    name.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
                }

                string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
                labels.Add($"{name}=\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"");
            }

            labels.Sort(StringComparer.Ordinal);
            return string.Join(',', labels);
        }

        private static string Number(double value) => value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            double.NaN => "NaN",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        };
    }

    private sealed class Series(int boundCount)
    {
        public double Value { get; set; }

        public long[] Buckets { get; } = new long[boundCount + 1];
    }
}
