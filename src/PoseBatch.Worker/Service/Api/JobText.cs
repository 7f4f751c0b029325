using System.Text;
using System.Text.Json;
using PoseBatch.Jobs;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Jobs and their history in the API's answers.</summary>
internal static class JobText
{
    /// <summary>An answer made by a writer.</summary>
    public static IResult Answer(Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK) =>
        TypedResults.Text(JsonLine.Of(write), "application/json", Encoding.UTF8, status);

    /// <summary>One page of jobs.</summary>
    /// <param name="jobs">Newest first.</param>
    /// <param name="next">Id to go on before; null on the last page.</param>
    /// <param name="counts">Jobs of the whole store by status.</param>
    /// <param name="waits">Why queued jobs are not begun although there seems to be room, or null.</param>
    public static IResult Page(IReadOnlyList<JobRecord> jobs, string? next, IReadOnlyDictionary<JobStatus, long> counts, string? waits) => Answer(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("jobs");
        foreach (JobRecord job in jobs)
        {
            JobRecordJson.Write(json, job);
        }

        json.WriteEndArray();
        json.WriteString("next", next);
        json.WritePropertyName("counts");
        WriteCounts(json, counts);
        json.WriteString("waits", waits);
        json.WriteEndObject();
    });

    /// <summary>Every status with its number of jobs, zeros included.</summary>
    public static void WriteCounts(Utf8JsonWriter json, IReadOnlyDictionary<JobStatus, long> counts)
    {
        json.WriteStartObject();
        foreach (JobStatus status in Enum.GetValues<JobStatus>())
        {
            json.WriteNumber(status.WireName(), counts.GetValueOrDefault(status));
        }

        json.WriteEndObject();
    }

    /// <summary>A piece of history as one object under <c>events</c>, with the number to go on after.</summary>
    public static IResult History(IReadOnlyList<JobEvent> events, long after) => Answer(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("events");
        foreach (JobEvent one in events)
        {
            JobRecordJson.Write(json, one);
        }

        json.WriteEndArray();
        json.WriteNumber("last", events.Count > 0 ? events[^1].Sequence : after);
        json.WriteEndObject();
    });
}
