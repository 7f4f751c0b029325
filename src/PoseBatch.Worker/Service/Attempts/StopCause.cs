namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Why an attempt is ended before its work is done.</summary>
internal enum StopCause
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The user cancelled the job.</summary>
    Cancelled,

    /// <summary>The lease was lost, or the store was away for longer than it lasts.</summary>
    Lost,

    /// <summary>Nothing moved for <c>limits.stall_timeout_s</c>.</summary>
    Stalled,

    /// <summary>It took longer than <c>limits.max_runtime_s</c>.</summary>
    TooLong,

    /// <summary>It took longer than <c>Jobs:MaxRuntimeSeconds</c>.</summary>
    Endless,

    /// <summary>The service stops.</summary>
    Drained,

    /// <summary>Another job has to run alone.</summary>
    Yielded,

    /// <summary>Another job has found that the network of both hangs.</summary>
    NetworkHangs,
}

/// <summary>Words for <see cref="StopCause"/>.</summary>
internal static class StopCauses
{
    /// <summary>For the log, without a full stop.</summary>
    public static string Words(this StopCause cause) => cause switch
    {
        StopCause.Lost => "the lease was lost, or the store was away for longer than that",
        StopCause.Stalled => "no new frame for too long",
        StopCause.TooLong => "it took longer than limits.max_runtime_s",
        StopCause.Endless => "it took longer than Jobs:MaxRuntimeSeconds",
        StopCause.Drained => "handed over, as the service stops",
        StopCause.NetworkHangs => "handed over, as the network it shared with another job hangs",
        StopCause.Yielded => "makes room for a job that has to run alone",
        _ => "cancelled",
    };
}
