using System.Text.Json.Serialization;

namespace PoseBatch.Jobs;

/// <summary>One line of a job's history as the API and <c>--json</c> show it.</summary>
public sealed record JobEventDocument
{
    /// <summary>Grows over all jobs of a store: a reader goes on after the last one it has seen.</summary>
    public required long Sequence { get; init; }

    /// <summary>The job's ULID.</summary>
    public required string JobId { get; init; }

    /// <summary>When it happened, UTC.</summary>
    public required DateTime Time { get; init; }

    /// <summary>A status, or one of the passing states: submitted, settling, interrupted, failed_attempt, segment.</summary>
    public required string State { get; init; }

    /// <summary>Who caused it; null for nobody in particular.</summary>
    public required string? Worker { get; init; }

    /// <summary>Number of the attempt, 0 before the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>Fencing token at that time.</summary>
    public required long Token { get; init; }

    /// <summary>Why, where there is a reason.</summary>
    [JsonConverter(typeof(WireNames<ReasonCode>))]
    public required ReasonCode? Reason { get; init; }

    /// <summary>Whether trying again later may help; absent without a reason.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Transient { get; init; }

    /// <summary>In words; null when the state says it all.</summary>
    public required string? Message { get; init; }

    /// <summary>The document of an event.</summary>
    public static JobEventDocument Of(JobEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new()
        {
            Sequence = entry.Sequence,
            JobId = entry.JobId,
            Time = entry.Time.UtcDateTime,
            State = entry.State,
            Worker = entry.Worker,
            Attempt = entry.Attempt,
            Token = entry.Token,
            Reason = entry.Reason,
            Transient = entry.Reason?.IsTransient(),
            Message = entry.Message,
        };
    }
}
