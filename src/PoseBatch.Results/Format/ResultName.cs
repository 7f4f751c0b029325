using System.Globalization;
using System.Text;

namespace PoseBatch.Results.Format;

/// <summary>Makes folder names out of whatever a video is called.</summary>
internal static class ResultName
{
    // The limit of every common file system, in bytes of UTF-8.
    private const int LongestName = 255;

    /// <summary><c>stem.key</c>, safe on every common file system; emoji and letters of all scripts stay.</summary>
    public static string Folder(string videoPath, string shortKey) =>
        $"{Safe(System.IO.Path.GetFileNameWithoutExtension(videoPath), LongestName - 1 - shortKey.Length)}.{shortKey}";

    /// <summary>
    /// Replaces what separates, controls or is forbidden by an underscore, hides no name behind a leading dot, and cuts
    /// between characters as people see them.
    /// </summary>
    public static string Safe(string name, int mostBytes)
    {
        StringBuilder safe = new();
        foreach (Rune rune in name.EnumerateRunes())
        {
            safe.Append(IsUnsafe(rune) ? "_" : rune.ToString());
        }

        string trimmed = safe.ToString().Trim(' ').TrimEnd('.');
        if (trimmed.StartsWith('.'))
        {
            trimmed = "_" + trimmed[1..];
        }

        trimmed = Cut(trimmed, mostBytes).TrimEnd(' ', '.');
        return trimmed.Length > 0 ? trimmed : "video";
    }

    private static bool IsUnsafe(Rune rune) =>
        rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || (rune.IsAscii && "/\\<>:\"|?*".Contains((char)rune.Value, StringComparison.Ordinal));

    private static string Cut(string name, int mostBytes)
    {
        if (Encoding.UTF8.GetByteCount(name) <= mostBytes)
        {
            return name;
        }

        int bytes = 0;
        int length = 0;
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(name);
        while (elements.MoveNext())
        {
            string element = elements.GetTextElement();
            bytes += Encoding.UTF8.GetByteCount(element);
            if (bytes > mostBytes)
            {
                break;
            }

            length += element.Length;
        }

        return name[..length];
    }
}
