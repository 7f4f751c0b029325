using PoseBatch.Tables;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>What all attempts of a service work with.</summary>
internal sealed record AttemptParts
{
    /// <summary>The jobs.</summary>
    public required WatchedStore Store { get; init; }

    /// <summary>The loaded networks.</summary>
    public required EnginePool Engines { get; init; }

    /// <summary>Knows which models a job may name, where its results go, and whether the disks are there.</summary>
    public required JobSubmitter Submitter { get; init; }

    /// <summary>Where results live.</summary>
    public required IResultStore Results { get; init; }

    /// <summary>Whether results can be written.</summary>
    public required OutputHealth Output { get; init; }

    /// <summary>Counts the children that jobs have lost.</summary>
    public required LostChildren Lost { get; init; }

    /// <summary>The meters of the service.</summary>
    public required ServiceMetrics Metrics { get; init; }

    /// <summary>All settings.</summary>
    public required Settings Settings { get; init; }

    /// <summary>Receives what became of attempts.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>0 to 1, evenly: spreads the waits before next attempts.</summary>
    public Func<double> Chance { get; init; } = Random.Shared.NextDouble;
}
