using System.Globalization;
using System.Text;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Makes a file name out of whatever a browser sends.</summary>
internal static class UploadName
{
    // 255 bytes are the limit of every common file system; the rest is left for "-2" and the like.
    private const int MostBytes = 240;
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>
    /// The last part of the name without anything that separates, controls or is forbidden somewhere, without leading dots, cut
    /// between characters as people see them so that the extension stays. Letters of all scripts and emoji stay.
    /// </summary>
    /// <returns>Null when nothing is left.</returns>
    public static string? Safe(string name)
    {
        // The router leaves a slash as it was sent, so that it separates nothing; here it does.
        name = name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        string last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        StringBuilder safe = new();
        foreach (Rune rune in last.EnumerateRunes())
        {
            safe.Append(IsUnsafe(rune) ? "_" : rune.ToString());
        }

        string trimmed = safe.ToString().Trim(' ').TrimStart('.').TrimEnd('.', ' ');
        string extension = Path.GetExtension(trimmed);
        string stem = Path.GetFileNameWithoutExtension(trimmed);
        if (Encoding.UTF8.GetByteCount(extension) > 32)
        {
            (stem, extension) = (trimmed, string.Empty);
        }

        stem = Cut(stem, MostBytes - Encoding.UTF8.GetByteCount(extension));
        return stem.Length > 0 ? stem + extension : null;
    }

    // The joiners hold emoji and letters of several scripts together; other invisible ones could turn a name around.
    private static bool IsUnsafe(Rune rune) => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner) && (
        rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || (rune.IsAscii && "<>:\"|?*".Contains((char)rune.Value, StringComparison.Ordinal)));

    private static string Cut(string text, int mostBytes)
    {
        int bytes = 0, length = 0;
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
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

        return text[..length];
    }
}
