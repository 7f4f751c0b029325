namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Whether jobs can be run, all in all. Thread-safe.</summary>
/// <param name="models">Whether the default model can be loaded.</param>
/// <param name="engines">The loaded networks, of which too many may hang.</param>
/// <param name="output">Whether results can be written.</param>
/// <param name="store">Whether the job store takes changes.</param>
internal sealed class ServiceReadiness(ReadinessCheck models, EnginePool engines, OutputHealth output, StoreHealth store) : IWorkGate
{
    /// <inheritdoc/>
    public bool HasGpu => models.HasGpu;

    /// <inheritdoc/>
    public bool IsSpent => engines.IsSpent;

    /// <inheritdoc/>
    public bool CanWrite() => output.CanWrite();

    /// <summary>What is missing to run jobs, the store's disk and the runtime included. Answers at once.</summary>
    public Readiness Look()
    {
        List<UnavailablePart> missing = [.. models.Look().Missing];
        if (store.Problem is { } problem)
        {
            // That the store can be read says nothing about a disk that is full.
            missing.Add(new("store", ReasonCode.Internal, problem, "Look at Jobs:Store and the disk it lies on."));
        }

        if (engines.IsSpent)
        {
            missing.Add(new(
                "runtime", ReasonCode.Stalled, $"{engines.Hanging} networks hang in ONNX Runtime, whose calls cannot be interrupted: no more jobs are taken.",
                "Restart the service; waiting jobs are kept. If it comes again, look for the model that hangs in the log (left behind), and at the device's driver."));
        }

        return missing.Count == 0 ? Readiness.Complete : new(missing);
    }
}
