using System.Buffers;
using System.Globalization;
using System.Text;

namespace PoseBatch.Worker.Formatting;

/// <summary>
/// Texts that come from outside, above all names of files, as they may stand on a terminal or in a line of a log: what would
/// begin a new line, move the cursor, colour the rest or turn the direction of writing is written out (<c>\n</c>, <c>\u001B</c>).
/// </summary>
internal static class Printable
{
    // C0, DEL and C1, the separators of lines and paragraphs, and the marks of direction: the last ones make a name read otherwise
    // than it is.
    private static readonly SearchValues<char> Unprintable = SearchValues.Create(
        [.. Letters(0x00, 0x1F), .. Letters(0x7F, 0x9F), .. Letters(0x2028, 0x202E), .. Letters(0x2066, 0x2069), '\u200E', '\u200F', '\u061C']);

    /// <summary>The text itself when all of it can be printed.</summary>
    public static string Of(string text)
    {
        int first = text.AsSpan().IndexOfAny(Unprintable);
        if (first < 0)
        {
            return text;
        }

        StringBuilder printable = new(text, 0, first, text.Length + 16);
        foreach (char letter in text.AsSpan(first))
        {
            _ = letter switch
            {
                '\n' => printable.Append(@"\n"),
                '\r' => printable.Append(@"\r"),
                '\t' => printable.Append(@"\t"),
                _ when Unprintable.Contains(letter) => printable.Append(CultureInfo.InvariantCulture, $@"\u{(int)letter:X4}"),
                _ => printable.Append(letter),
            };
        }

        return printable.ToString();
    }

    private static IEnumerable<char> Letters(int first, int last) => Enumerable.Range(first, last - first + 1).Select(letter => (char)letter);
}
