using PoseBatch.Jobs;

namespace PoseBatch.JobStores;

/// <summary>Jobs as they come to the store: nothing left open.</summary>
internal static class FilledJobs
{
    public static JobSpec Of(string model, JobSpec spec, string? detector = null) =>
        JobFields.Fill(spec, JobFields.Defaults with { Model = new() { Name = model, Detector = detector } });
}
