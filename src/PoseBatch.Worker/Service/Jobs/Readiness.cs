namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Whether jobs can be run; nothing missing means they can.</summary>
/// <param name="Missing">What is missing.</param>
internal sealed record Readiness(IReadOnlyList<UnavailablePart> Missing)
{
    /// <summary>Jobs can be run.</summary>
    public static Readiness Complete { get; } = new([]);
}

/// <summary>One thing that is missing.</summary>
/// <param name="Part">A short name: model, provider, store, output, inbox.</param>
/// <param name="Reason">The reason code.</param>
/// <param name="Message">What is wrong, one sentence.</param>
/// <param name="Advice">What to do about it, or null.</param>
internal sealed record UnavailablePart(string Part, ReasonCode Reason, string Message, string? Advice);
