using System.Globalization;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>When a file counts as whole. Pure: what was seen goes in, the verdict comes out.</summary>
internal static class StabilityCheck
{
    // Long enough for a tool that closes a copy and then sets its times.
    private static readonly TimeSpan ShortWindow = TimeSpan.FromSeconds(2);

    private const int WindowsWhenShort = 6;

    /// <summary>Judges one look from outside, before the container is opened.</summary>
    /// <param name="facts">The file.</param>
    /// <param name="writers">Who writes to it.</param>
    /// <param name="isReady">A marker or a rename says that it is whole.</param>
    /// <param name="unchanged">Since when size and time were seen unchanged.</param>
    /// <param name="age">Since the file's own time of change; negative for one that lies ahead.</param>
    /// <param name="window">How long a file must be unchanged where nothing better tells that it is whole.</param>
    public static StabilityVerdict Judge(FileFacts facts, Writers writers, bool isReady, TimeSpan unchanged, TimeSpan age, TimeSpan window)
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
                return new(false, $"may not be read by the user '{Environment.UserName}': give it the right to", IsUnreadable: true);
            case Writers.None:
                // Nobody writes, so the file's own time counts as well: one that was moved in is whole at once.
                TimeSpan window2 = window < ShortWindow ? window : ShortWindow;
                return Stable(age > unchanged ? age : unchanged, window2);
            default:
                return Stable(unchanged, window);
        }
    }

    /// <summary>How long a file must be unchanged in view of where its content says that it ends.</summary>
    /// <param name="size">Bytes of the file.</param>
    /// <param name="declared">Bytes by its container's account (<see cref="Ffmpeg.Probing.ContainerOutline.StatedBytes"/>); null when that says nothing.</param>
    /// <param name="window">As for <see cref="Judge"/>.</param>
    /// <param name="why">What is waited for until then, in words for the user.</param>
    /// <returns>No time at all when everything is there; several windows when a part is missing, as that is a copy that pauses, or one that was cut off.</returns>
    public static TimeSpan WindowFor(long size, long? declared, TimeSpan window, out string why)
    {
        TimeSpan needed = declared is not { } length ? window : length <= size ? TimeSpan.Zero : window * WindowsWhenShort;
        string until = string.Create(CultureInfo.InvariantCulture, $"when it has not changed for {needed.TotalSeconds:0.#} s");
        why = declared is { } all
            ? string.Create(CultureInfo.InvariantCulture, $"ends before its container says ({size:N0} of {all:N0} bytes are there); taken as it is {until}")
            : $"its format does not say where it ends; taken {until}";
        return needed;
    }

    private static StabilityVerdict Stable(TimeSpan quiet, TimeSpan window) => quiet >= window
        ? new(true, string.Empty, quiet)
        : new(false, string.Create(
            CultureInfo.InvariantCulture, $"unchanged for {Math.Max(0, Math.Floor(quiet.TotalSeconds)):0} of {window.TotalSeconds:0.#} s"));
}
