using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Whether results can be written now, found out by writing.</summary>
internal static class OutputHealthCheck
{
    // What is wrong with the disk is no fault of one job, so none has to be run again.
    private const string FullAdvice = "Free some space, or let Output:Root be a folder on another disk.";

    /// <summary>Makes the output root if it is missing, and tries it as a result would.</summary>
    /// <returns>What is in the way, or null.</returns>
    public static UnavailablePart? Try(JobSubmitter desk)
    {
        if (desk.WhyOutputIsAway() is { } away)
        {
            return away;
        }

        try
        {
            ModelHost.Results.EnsureWritable(desk.OutputRoot);
            return desk.WhyOutputIsAway();   // what the root lies on is known from now on
        }
        catch (PoseBatchException fault)
        {
            return new("output", fault.Reason, fault.Message, fault.Reason == ReasonCode.DiskFull ? FullAdvice : fault.Advice);
        }
    }
}
