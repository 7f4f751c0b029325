namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>
/// Numbers as strokes on a grid, to be drawn like bones: a machine without a single font shows them like any other.
/// </summary>
internal static class StrokeText
{
    /// <summary>Height of a figure in grid steps; its width is 4.</summary>
    public const int Height = 6;

    private const int Gap = 2;

    // Lines through points (column, row), row 0 on top.
    private static readonly Dictionary<char, (int X, int Y)[][]> Figures = new()
    {
        ['0'] = [[(0, 0), (4, 0), (4, 6), (0, 6), (0, 0)]],
        ['1'] = [[(1, 1), (2, 0), (2, 6)]],
        ['2'] = [[(0, 0), (4, 0), (4, 3), (0, 3), (0, 6), (4, 6)]],
        ['3'] = [[(0, 0), (4, 0), (4, 6), (0, 6)], [(1, 3), (4, 3)]],
        ['4'] = [[(0, 0), (0, 3), (4, 3)], [(4, 0), (4, 6)]],
        ['5'] = [[(4, 0), (0, 0), (0, 3), (4, 3), (4, 6), (0, 6)]],
        ['6'] = [[(4, 0), (0, 0), (0, 6), (4, 6), (4, 3), (0, 3)]],
        ['7'] = [[(0, 0), (4, 0), (2, 6)]],
        ['8'] = [[(0, 0), (4, 0), (4, 6), (0, 6), (0, 0)], [(0, 3), (4, 3)]],
        ['9'] = [[(4, 3), (0, 3), (0, 0), (4, 0), (4, 6), (0, 6)]],
        ['-'] = [[(0, 3), (4, 3)]],
        ['.'] = [[(1, 5), (1, 6)]],
        ['#'] = [[(1, 1), (1, 5)], [(3, 1), (3, 5)], [(0, 2), (4, 2)], [(0, 4), (4, 4)]],
    };

    /// <summary>The strokes of a line of text, in grid steps from its upper left corner. Other characters are gaps.</summary>
    public static IEnumerable<(float FromX, float FromY, float ToX, float ToY)> StrokesOf(string text)
    {
        int left = 0;
        foreach (char letter in text)
        {
            foreach ((int X, int Y)[] line in Figures.GetValueOrDefault(letter, []))
            {
                for (int i = 1; i < line.Length; i++)
                {
                    yield return (left + line[i - 1].X, line[i - 1].Y, left + line[i].X, line[i].Y);
                }
            }

            left += WidthOf(letter) + Gap;
        }
    }

    /// <summary>Width of a line of text in grid steps.</summary>
    public static int WidthOf(string text) => text.Sum(letter => WidthOf(letter) + Gap) - Gap;

    private static int WidthOf(char letter) => letter == '.' ? 2 : 4;
}
