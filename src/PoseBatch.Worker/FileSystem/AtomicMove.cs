using System.Runtime.InteropServices;
using System.Text;
using PoseBatch.Results.Interop;

namespace PoseBatch.Worker.FileSystem;

/// <summary>Moves files by renaming them: within one file system, never copying, never overwriting.</summary>
internal static class AtomicMove
{
    private const int LongestName = 255;

    /// <summary>Renames a file into a folder, which is made if it is missing; a name that is taken there gets a number: <c>a (2).mp4</c>.</summary>
    /// <returns>Where it is now.</returns>
    /// <exception cref="IOException">It cannot be renamed: gone, another file system, no space.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be made.</exception>
    public static string Into(string folder, string name, string from)
    {
        Directory.CreateDirectory(folder);
        return Into(folder, number => number == 1 ? name : Numbered(name, number), from);
    }

    /// <summary>Renames a file into a folder under the first of its names that is free there, or nearly the first: what comes every minute under one name fills the folder in a year.</summary>
    /// <param name="folder">Is there.</param>
    /// <param name="nameOf">Its names, from 1 on.</param>
    /// <param name="from">Where it is.</param>
    /// <returns>Where it is now.</returns>
    /// <exception cref="IOException">It cannot be renamed: gone, another file system, no space.</exception>
    public static string Into(string folder, Func<int, string> nameOf, string from)
    {
        for (int number = 1; ; number = Math.Max(number + 1, FirstFree(folder, nameOf)))
        {
            string to = Path.Combine(folder, nameOf(number));
            if (TryRename(from, to))
            {
                return to;
            }
        }
    }

    // The names that are taken follow one another; so what is looked for lies between a taken one and twice its number.
    private static int FirstFree(string folder, Func<int, string> nameOf)
    {
        int taken = 1;
        int free = 2;
        while (IsTaken(free))
        {
            (taken, free) = (free, checked(free * 2));
        }

        while (free - taken > 1)
        {
            int middle = taken + ((free - taken) / 2);
            (taken, free) = IsTaken(middle) ? (middle, free) : (taken, middle);
        }

        return free;

        bool IsTaken(int number) => Path.Exists(Path.Combine(folder, nameOf(number)));
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
