using System.Buffers;
using System.Text;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>Writes values into ffmpeg's filter language, which reads a value twice: once as a graph, once as options.</summary>
internal static class FilterText
{
    // White space at the ends of a value would be trimmed; an escaped one never is.
    private static readonly SearchValues<char> InOptions = SearchValues.Create("\\': \t\r\n");
    private static readonly SearchValues<char> InGraphs = SearchValues.Create("\\'[],; \t\r\n");

    /// <summary>A value of a filter's option, for example the path in <c>ass=filename=PATH</c>.</summary>
    public static string Escape(string value) => Escape(Escape(value, InOptions), InGraphs);

    private static string Escape(string value, SearchValues<char> special)
    {
        StringBuilder escaped = new(value.Length + 8);
        foreach (char letter in value)
        {
            if (special.Contains(letter))
            {
                escaped.Append('\\');
            }

            escaped.Append(letter);
        }

        return escaped.ToString();
    }
}
