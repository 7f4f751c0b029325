using System.Runtime.InteropServices;
using System.Text;
using PoseBatch.Worker.Intake.Interop;

namespace PoseBatch.Worker.Intake;

/// <summary>Moves files by renaming them: within one file system, never copying, never overwriting.</summary>
internal static class QuietMove
{
    private const int LongestName = 255;
    private const int MostTries = 10_000;

    /// <summary>Renames a file into a folder, which is made if it is missing; a name that is taken there gets a number: <c>a (2).mp4</c>.</summary>
    /// <returns>Where it is now.</returns>
    /// <exception cref="IOException">It cannot be renamed: gone, another file system, no space.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be made.</exception>
    public static string Into(string folder, string name, string from)
    {
        Directory.CreateDirectory(folder);
        for (int number = 1; number <= MostTries; number++)
        {
            string to = Path.Combine(folder, number == 1 ? name : Numbered(name, number));
            if (TryRename(from, to))
            {
                return to;
            }
        }

        throw new IOException($"'{folder}' holds too many files named '{name}'.");
    }

    /// <summary>Renames a file unless the target exists.</summary>
    /// <returns>False when the target exists.</returns>
    /// <exception cref="IOException">It cannot be renamed.</exception>
    public static bool TryRename(string from, string to)
    {
        if (!OperatingSystem.IsLinux())
        {
            if (Path.Exists(to))
            {
                return false;
            }

            File.Move(from, to, overwrite: false);
            return true;
        }

        int error = Libc.RenameWithoutReplacing(from, to);
        if (error is Libc.EINVAL or Libc.ENOSYS)
        {
            // Some network file systems cannot look and rename in one step.
            error = Path.Exists(to) ? Libc.EEXIST : Libc.Rename(from, to);
        }

        return error switch
        {
            0 => true,
            Libc.EEXIST => false,
            _ => throw new IOException($"'{from}' cannot be renamed to '{to}': {Marshal.GetPInvokeErrorMessage(error)}.", error),
        };
    }

    /// <summary><c>a (2).mp4</c>, the stem cut so that the name fits every common file system.</summary>
    internal static string Numbered(string name, int number)
    {
        string extension = Path.GetExtension(name);
        string tail = FormattableString.Invariant($" ({number}){extension}");
        int room = LongestName - Encoding.UTF8.GetByteCount(tail);
        StringBuilder stem = new();
        foreach (Rune rune in Path.GetFileNameWithoutExtension(name).EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
            {
                break;
            }

            stem.Append(rune.ToString());
        }

        return stem.Append(tail).ToString();
    }
}
