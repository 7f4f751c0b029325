using PoseBatch.Jobs;

namespace PoseBatch;

/// <summary>Jobs and leases; a test changes only what it is about.</summary>
internal static class SomeJob
{
    public static JobRecord Record(string id = "job", JobStatus status = JobStatus.Running, int attempt = 1, ReasonCode? reason = null, JobSpec? spec = null) => new()
    {
        Id = id,
        Spec = spec ?? Spec(),
        Origin = "api",
        Status = status,
        Attempt = attempt,
        Token = attempt,
        Reason = reason,
    };

    public static JobSpec Spec() => new() { Source = new() { Path = "/videos/clip.mp4" } };

    /// <summary>A lease of a minute.</summary>
    public static JobLease Lease(string id = "job", int attempt = 1, ReasonCode? reason = null, JobSpec? spec = null) =>
        new(Record(id, JobStatus.Running, attempt, reason, spec), TimeSpan.FromMinutes(1));
}
