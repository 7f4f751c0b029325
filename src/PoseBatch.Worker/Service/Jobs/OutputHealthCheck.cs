using PoseBatch.Tables;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Whether results can be written now, found out by writing. Thread-safe.</summary>
/// <param name="mounts">Knows whether the disk of the output root is there.</param>
/// <param name="results">Where results live.</param>
/// <param name="outputRoot">Folder of all results.</param>
internal sealed class OutputHealthCheck(MountMonitor mounts, IResultStore results, string outputRoot)
{
    // What is wrong with the disk is no fault of one job, so none has to be run again.
    private const string FullAdvice = "Free some space, or let Output:Root be a folder on another disk.";

    /// <summary>Makes the output root if it is missing, and tries it as a result would.</summary>
    /// <returns>What is in the way, or null.</returns>
    public UnavailablePart? Try()
    {
        if (mounts.WhyOutputIsAway() is { } away)
        {
            return away;
        }

        try
        {
            results.EnsureWritable(outputRoot);
            return mounts.WhyOutputIsAway();   // what the root lies on is known from now on
        }
        catch (PoseBatchException fault)
        {
            return new("output", fault.Reason, fault.Message, fault.Reason == ReasonCode.DiskFull ? FullAdvice : fault.Advice);
        }
    }
}
