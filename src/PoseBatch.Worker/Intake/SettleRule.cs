using System.Globalization;

namespace PoseBatch.Worker.Intake;

/// <summary>Whether a file is whole, as far as it can be told without opening its container.</summary>
/// <param name="IsDue">It is: the container is the next to be asked.</param>
/// <param name="Waiting">What is waited for, in words for the user; empty when it is due.</param>
internal readonly record struct SettleVerdict(bool IsDue, string Waiting);

/// <summary>When a file counts as whole. Pure: what was seen goes in, the verdict comes out.</summary>
internal static class SettleRule
{
    // Long enough for a tool that closes a copy and then sets its times.
    private static readonly TimeSpan ShortWindow = TimeSpan.FromSeconds(2);

    /// <summary>Judges one look.</summary>
    /// <param name="facts">The file.</param>
    /// <param name="writers">Who writes to it.</param>
    /// <param name="isReady">A marker or a rename says that it is whole.</param>
    /// <param name="unchanged">Since when size and time were seen unchanged.</param>
    /// <param name="age">Since the file's own time of change; negative for one that lies ahead.</param>
    /// <param name="window">How long a file must be unchanged where nothing better tells that it is whole.</param>
    public static SettleVerdict Judge(FileFacts facts, Writers writers, bool isReady, TimeSpan unchanged, TimeSpan age, TimeSpan window)
    {
        if (facts.Kind != FileKind.Regular)
        {
            return new(true, string.Empty);   // the decoder says what it is, without opening it
        }

        if (facts.Size == 0)
        {
            return new(false, "empty so far");
        }

        if (isReady)
        {
            return new(true, string.Empty);
        }

        switch (writers)
        {
            case Writers.Some:
                return new(false, "still written: another program has it open");
            case Writers.Unreadable:
                return new(false, $"may not be read by the user '{Environment.UserName}'");
            case Writers.None:
                // Nobody writes, so the file's own time counts as well: one that was moved in is whole at once.
                TimeSpan window2 = window < ShortWindow ? window : ShortWindow;
                return Stable(age > unchanged ? age : unchanged, window2);
            default:
                return Stable(unchanged, window);
        }
    }

    private static SettleVerdict Stable(TimeSpan quiet, TimeSpan window) => quiet >= window
        ? new(true, string.Empty)
        : new(false, string.Create(
            CultureInfo.InvariantCulture, $"unchanged for {Math.Max(0, Math.Floor(quiet.TotalSeconds)):0} of {window.TotalSeconds:0.#} s"));
}
