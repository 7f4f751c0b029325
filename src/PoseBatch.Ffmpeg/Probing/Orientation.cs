using System.Globalization;
using PoseBatch.Geometry;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>
/// How a stored picture is turned upright: first mirrored left to right, then rotated clockwise. ffmpeg is told to leave
/// the turning to us, because what it does of its own accord differs between versions for mirrors and odd angles.
/// </summary>
internal readonly record struct Orientation(bool Mirror, int Clockwise)
{
    public static Orientation Upright { get; }

    /// <summary>Whether width and height change places.</summary>
    public bool SwapsSides => Clockwise is 90 or 270;

    /// <summary>The filters that do it, in order; empty for upright pictures.</summary>
    public string Filters => (Mirror, Clockwise) switch
    {
        (false, 0) => "",
        (false, 90) => "transpose=clock",
        (false, 180) => "hflip,vflip",
        (false, 270) => "transpose=cclock",
        (true, 0) => "hflip",
        (true, 90) => "transpose=clock_flip",
        (true, 180) => "vflip",
        (true, 270) => "transpose=cclock_flip",
        _ => throw new InvalidOperationException($"Pictures are turned by quarters, not by {Clockwise} degrees."),
    };

    /// <summary>Size of the turned picture.</summary>
    public PixelSize Turn(PixelSize size) => SwapsSides ? new(size.Height, size.Width) : size;

    /// <summary>Shape of a pixel of the turned picture; 1/1 when none is stated.</summary>
    public Rational TurnPixel(Rational aspect) =>
        !aspect.IsKnown ? new(1, 1) : SwapsSides ? new(aspect.Denominator, aspect.Numerator) : aspect;

    /// <summary>
    /// Reads the upper left four numbers of a display matrix. They say where a point of the stored picture is shown:
    /// x' = a*x + c*y, y' = b*x + d*y. Angles that are no quarter turn leave the picture as it is stored.
    /// </summary>
    public static Orientation FromMatrix(long a, long b, long c, long d)
    {
        bool mirror = ((double)a * d) - ((double)b * c) < 0;

        // Undo the mirror (x counts to the other side), and a pure rotation is left.
        double clockwise = Math.Atan2(mirror ? -b : b, mirror ? -a : a) * 180 / Math.PI;
        int quarters = (int)Math.Round(clockwise / 90, MidpointRounding.AwayFromZero);
        bool isQuarterTurn = (a, b) is not (0, 0) && (c, d) is not (0, 0) && Math.Abs(clockwise - (quarters * 90)) < 1;
        return isQuarterTurn ? new(mirror, ((quarters % 4) + 4) % 4 * 90) : Upright;
    }

    /// <summary>Reads ffprobe's dump of a display matrix: three lines of an address and three numbers each.</summary>
    public static Orientation FromDump(string? dump)
    {
        List<long> numbers = [];
        foreach (string line in (dump ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string word in line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
                {
                    numbers.Add(number);
                }
            }
        }

        return numbers is [long a, long b, _, long c, long d, _, ..] ? FromMatrix(a, b, c, d) : Upright;
    }
}
