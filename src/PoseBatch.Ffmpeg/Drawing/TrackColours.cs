namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>One colour per track, the same in pictures, plots and tables; far apart from each other, also for most who see colours differently.</summary>
public static class TrackColours
{
    private static readonly string[] Palette =
        ["E6194B", "3CB44B", "FFE119", "4363D8", "F58231", "42D4F4", "F032E6", "BFEF45", "FABED4", "469990", "DCBEFF", "9A6324"];

    /// <summary>How many there are; later tracks take them again in turn.</summary>
    public static int Count => Palette.Length;

    /// <summary>The colour of a track as <c>RRGGBB</c>.</summary>
    /// <param name="trackId">From 0.</param>
    public static string Of(int trackId) => Palette[IndexOf(trackId)];

    /// <summary>Place of a track's colour, 0 to <see cref="Count"/> - 1.</summary>
    internal static int IndexOf(int trackId) => (int)((uint)trackId % (uint)Palette.Length);
}
