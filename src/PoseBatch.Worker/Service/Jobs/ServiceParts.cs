using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>What the HTTP side works with; put together by the host, disposed by it.</summary>
internal sealed record ServiceParts
{
    /// <summary>All settings.</summary>
    public required Settings Settings { get; init; }

    /// <summary>The jobs.</summary>
    public required IJobStore Store { get; init; }

    /// <summary>The way into the store, and the judge of every path.</summary>
    public required JobSubmitter Submitter { get; init; }

    /// <summary>What waits in the watched folder; <see cref="NoIntake"/> without one.</summary>
    public required IIntakeView Intake { get; init; }

    /// <summary>The counters behind <c>/metrics</c>.</summary>
    public required ServiceMetrics Metrics { get; init; }

    /// <summary>Reads single pictures of finished videos.</summary>
    public required FfmpegVideoDecoder Decoder { get; init; }

    /// <summary>What is missing to run jobs: the model, the provider. Asked at every readiness check; answers at once.</summary>
    public required Func<Readiness> Readiness { get; init; }

    /// <summary>What keeps results from being written, as the jobs have found it; null as long as nothing does. Answers at once.</summary>
    public Func<UnavailablePart?> OutputTrouble { get; init; } = static () => null;

    /// <summary>Tries whether results can be written.</summary>
    public required OutputHealthCheck Output { get; init; }

    /// <summary>Receives what went wrong inside.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Clock { get; init; }
}
