using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>A piece of history.</summary>
/// <param name="Events">The events, oldest first.</param>
/// <param name="Last">Sequence number to go on after.</param>
internal sealed record JobHistory(IReadOnlyList<JobEventDocument> Events, long Last)
{
    /// <summary>The events after a number.</summary>
    public static JobHistory Of(IReadOnlyList<JobEvent> events, long after) => new([.. events.Select(JobEventDocument.Of)], events.Count > 0 ? events[^1].Sequence : after);
}
