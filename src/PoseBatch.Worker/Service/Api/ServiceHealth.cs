using System.Text.Json.Serialization;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>That the process lives.</summary>
/// <param name="Status">live</param>
internal sealed record Liveness(string Status);

/// <summary>Whether jobs can be run.</summary>
/// <param name="Status">ready or not_ready</param>
/// <param name="Missing">What is missing; empty when they can.</param>
internal sealed record ServiceHealth(string Status, IReadOnlyList<MissingPart> Missing)
{
    /// <summary>The health of a service that lacks these parts.</summary>
    public static ServiceHealth Of(IReadOnlyList<UnavailablePart> missing) => new(
        missing.Count == 0 ? "ready" : "not_ready", [.. missing.Select(one => new MissingPart(one.Part, one.Reason, one.Message, one.Advice))]);
}

/// <summary>One thing that is missing.</summary>
/// <param name="Part">model, provider, store, output or inbox.</param>
/// <param name="Reason">The reason code.</param>
/// <param name="Message">What is wrong, one sentence.</param>
/// <param name="Advice">What to do about it, or null.</param>
internal sealed record MissingPart(
    string Part, [property: JsonConverter(typeof(WireNames<ReasonCode>))] ReasonCode Reason, string Message, string? Advice);
