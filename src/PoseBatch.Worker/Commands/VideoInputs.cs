using System.IO.Enumeration;

namespace PoseBatch.Worker.Commands;

/// <summary>Turns what the user typed (files, folders, globs) into a list of files, in a stable order, each once.</summary>
internal static class VideoInputs
{
    private static readonly HashSet<string> Extensions = new(
        ["mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "mts", "m2ts", "vob", "flv", "f4v", "ogv", "ogg", "wmv", "asf", "mxf",
         "3gp", "3g2", "mj2", "h264", "264", "h265", "hevc", "265", "ivf", "obu", "gif", "y4m", "dv", "mjpeg", "mjpg", "nut"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The files and the notes the user should see (folders without videos, files left out).</summary>
    public sealed record Found(IReadOnlyList<string> Files, IReadOnlyList<string> Notes, IReadOnlyList<string> Missing);

    /// <summary>
    /// A file stays a file, whatever its name; a folder gives its video files by extension (with <paramref name="recursive"/>
    /// also those below); a name with * or ? that does not exist as such is a glob over the files of its folder, and
    /// <c>**</c> as a folder means any depth.
    /// </summary>
    public static Found Expand(IEnumerable<string> arguments, bool recursive)
    {
        List<string> files = [], notes = [], missing = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string argument in arguments)
        {
            if (Directory.Exists(argument))
            {
                AddFolder(argument, recursive);
            }
            else if (!Path.Exists(argument) && argument.AsSpan().IndexOfAny('*', '?') >= 0)
            {
                AddGlob(argument);
            }
            else
            {
                // Existing or not: whoever opens it says what is wrong with it.
                Add(argument);
            }
        }

        return new(files, notes, missing);

        void Add(string file)
        {
            if (seen.Add(Path.GetFullPath(file)))
            {
                files.Add(file);
            }
        }

        void AddFolder(string folder, bool deep)
        {
            int left = 0, taken = 0;
            foreach (string file in Sorted(folder, "*", deep))
            {
                if (IsVideoName(file))
                {
                    taken++;
                    Add(file);
                }
                else
                {
                    left++;
                }
            }

            if (taken == 0)
            {
                missing.Add($"{folder}: no video file in this folder{(deep ? string.Empty : " (--recursive looks below it)")}.");
            }
            else if (left > 0)
            {
                notes.Add($"{folder}: {left} other {(left == 1 ? "file" : "files")} left out.");
            }
        }

        void AddGlob(string glob)
        {
            string folder = Path.GetDirectoryName(glob) is { Length: > 0 } named ? named : ".";
            string pattern = Path.GetFileName(glob);
            bool deep = Path.GetFileName(folder) == "**";
            if (deep)
            {
                folder = Path.GetDirectoryName(folder) is { Length: > 0 } above ? above : ".";
            }

            string[] matches = Directory.Exists(folder) ? Sorted(folder, pattern, deep) : [];
            foreach (string file in matches)
            {
                Add(file);
            }

            if (matches.Length == 0)
            {
                missing.Add($"{glob}: no file matches.");
            }
        }
    }

    private static bool IsVideoName(string file) =>
        Extensions.Contains(Path.GetExtension(file).TrimStart('.')) && !Path.GetFileName(file).StartsWith('.');

    private static string[] Sorted(string folder, string pattern, bool deep)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = deep, AttributesToSkip = 0, IgnoreInaccessible = true, MatchType = MatchType.Simple };
        FileSystemEnumerable<string> found = new(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                !entry.IsDirectory && FileSystemName.MatchesSimpleExpression(pattern, entry.FileName, ignoreCase: false),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.FileName.StartsWith('.'),
        };
        string[] files = [.. found];
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }
}
