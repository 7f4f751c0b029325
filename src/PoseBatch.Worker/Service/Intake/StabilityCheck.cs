using System.Globalization;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// When a file counts as whole, when it is opened, and when it is given up. Pure: what was seen goes in, the verdict comes out.
/// </summary>
/// <param name="window">How long a file must be unchanged where nothing better tells that it is whole.</param>
/// <param name="limit">After so long without a change a file that is not whole fails.</param>
internal sealed class StabilityCheck(TimeSpan window, TimeSpan limit)
{
    /// <summary>After so long a file that could not be opened may open.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(60);

    // Long enough for a tool that closes a copy and then sets its times.
    private static readonly TimeSpan ShortWindow = TimeSpan.FromSeconds(2);

    private const int WindowsWhenShort = 6;

    /// <summary>Judges one look from outside, before the container is opened.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="facts">What was seen.</param>
    public StabilityVerdict Judge(string path, StabilityFacts facts)
    {
        bool isLast = facts.Unchanged >= limit;
        if (facts.File is not { } file)
        {
            const string Nowhere = "leads nowhere: a link to a file that is not there";
            return isLast ? GiveUp(path, Nowhere, ReasonCode.SourceMissing, "Mend or remove the link.") : new(Nowhere);
        }

        if (facts.HasProfileProblem)
        {
            return new($"a {InboxNames.Profile} above it has a problem");
        }

        if (facts.IsOpened)
        {
            return new(null, IsLast: isLast);
        }

        (string? waiting, TimeSpan? idle, bool isUnreadable) = FromOutside(file, facts);
        if (waiting is not null)
        {
            return isLast && !isUnreadable
                ? GiveUp(path, waiting, ReasonCode.SourceUnsettled, "When it is whole, it is taken again by itself if it has changed; otherwise retry the job.")
                : new(waiting);
        }

        return facts.Unsettled is { } unsettled && !isLast ? new(unsettled) : new(null, idle, isLast);
    }

    /// <summary>Judges a file in view of where its content says that it ends.</summary>
    /// <param name="size">Bytes of the file.</param>
    /// <param name="stated">Bytes by its container's account (<see cref="Ffmpeg.Probing.ContainerOutline.StatedBytes"/>); null when that says nothing.</param>
    /// <param name="idle">For how long nobody has changed it.</param>
    /// <returns>
    /// Null when everything is there, or nobody has changed it for long enough: one window, or several when a part is missing, as that
    /// is a copy that pauses, or one that was cut off.
    /// </returns>
    public Unsettled? JudgeLength(long size, long? stated, TimeSpan idle)
    {
        TimeSpan needed = stated is not { } length ? window : length <= size ? TimeSpan.Zero : window * WindowsWhenShort;
        if (idle >= needed)
        {
            return null;
        }

        string until = string.Create(CultureInfo.InvariantCulture, $"when it has not changed for {needed.TotalSeconds:0.#} s");
        string why = stated is { } all
            ? string.Create(CultureInfo.InvariantCulture, $"ends before its container says ({size:N0} of {all:N0} bytes are there); taken as it is {until}")
            : $"its format does not say where it ends; taken {until}";
        return new(why, needed - idle);
    }

    /// <summary>Judges a file that did not open.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="isLast">The file has had its time.</param>
    /// <returns>What is to be submitted, or else what is waited for.</returns>
    public static (CheckFinding? Finding, Unsettled? Unsettled) JudgeFailure(PoseBatchException failure, bool isLast)
    {
        if (failure.IsChildLost && isLast)
        {
            // A probe that was ended by a signal says nothing about the file, and the file has had its time: its job will tell.
            return (new(null, null), null);
        }

        bool mayPass = failure.Reason.IsTransient() || failure.Reason == ReasonCode.SourceMissing;
        return (mayPass && !isLast) || failure.Reason == ReasonCode.SourceUnreadable
            ? (null, new(failure.Message, failure.Reason == ReasonCode.SourceUnsettled ? null : AskAgain))
            : (new(null, new(failure.Reason, failure.Message, failure.Advice)), null);
    }

    private (string? Waiting, TimeSpan? Idle, bool IsUnreadable) FromOutside(FileFacts file, StabilityFacts facts)
    {
        if (file.Kind != FileKind.Regular)
        {
            return default;   // the decoder says what it is, without opening it
        }

        if (file.Size == 0)
        {
            return ("empty so far", null, false);
        }

        switch (facts.Writers())
        {
            case Writers.Finished:
                return default;
            case Writers.Some:
                return ("still written: another program has it open", null, false);
            case Writers.Unreadable:
                return ($"may not be read by the user '{Environment.UserName}': give it the right to", null, true);
            case Writers.None:
                // Nobody writes, so the file's own time counts as well: one that was moved in is whole at once.
                return Still(facts.Age > facts.Unchanged ? facts.Age : facts.Unchanged, window < ShortWindow ? window : ShortWindow);
            default:
                return Still(facts.Unchanged, window);
        }
    }

    private static (string? Waiting, TimeSpan? Idle, bool IsUnreadable) Still(TimeSpan idle, TimeSpan needed) => idle >= needed
        ? (null, idle, false)
        : (string.Create(CultureInfo.InvariantCulture, $"unchanged for {Math.Max(0, Math.Floor(idle.TotalSeconds)):0} of {needed.TotalSeconds:0.#} s"), null, false);

    private StabilityVerdict GiveUp(string path, string waiting, ReasonCode reason, string advice) => new(null, IsLast: true, Refusal: new(
        reason,
        string.Create(CultureInfo.InvariantCulture, $"'{path}' is not whole after {limit.TotalSeconds:0.#} s without a change: {waiting}."),
        advice));
}
