using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>One page of jobs, newest first.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="Next">Id to go on before; null on the last page.</param>
/// <param name="Counts">Jobs of the whole store by status, zeros included.</param>
/// <param name="Waits">Why queued jobs are not begun although there seems to be room, in words; null when there is no such reason.</param>
internal sealed record JobPage(IReadOnlyList<JobDocument> Jobs, string? Next, IReadOnlyDictionary<string, long> Counts, string? Waits)
{
    /// <summary>A page of records.</summary>
    public static JobPage Of(IReadOnlyList<JobRecord> jobs, string? next, IReadOnlyDictionary<JobStatus, long> counts, string? waits) => new(
        [.. jobs.Select(JobDocument.Of)], next, Enum.GetValues<JobStatus>().ToDictionary(status => status.WireName(), status => counts.GetValueOrDefault(status)), waits);
}
