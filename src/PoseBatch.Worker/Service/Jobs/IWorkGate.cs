namespace PoseBatch.Worker.Service.Jobs;

/// <summary>What a worker asks before it takes a job. Thread-safe.</summary>
internal interface IWorkGate
{
    /// <summary>Whether jobs that require a GPU may be taken.</summary>
    bool HasGpu { get; }

    /// <summary>So many networks hang that this process can take no more jobs.</summary>
    bool IsSpent { get; }

    /// <summary>Whether results can be written. May take a while when it is in doubt.</summary>
    bool CanWrite();
}
