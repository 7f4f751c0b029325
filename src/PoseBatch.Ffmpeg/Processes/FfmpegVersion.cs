using System.Globalization;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>What <c>ffmpeg -version</c> calls itself. Builds between releases carry no number.</summary>
internal sealed record FfmpegVersion(string Name, Version? Number)
{
    /// <summary>The first release with every option the decoder uses (<c>-fps_mode</c> is the youngest).</summary>
    public static Version Oldest { get; } = new(5, 1);

    /// <summary>A build between releases is tried: it is nearly always newer than what distributions ship.</summary>
    public bool IsUsable => Number is null || Number >= Oldest;

    /// <summary>Reads the first line, such as <c>ffmpeg version 5.1.9-0+deb12u1 Copyright (c) ...</c>; null when it is none.</summary>
    public static FfmpegVersion? Parse(string text)
    {
        string[] words = text.Split('\n', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [_, "version", string name, ..])
        {
            return null;
        }

        // n7.1 is how some builds spell 7.1; N-118000-g0123abc is a build between releases.
        ReadOnlySpan<char> digits = name.AsSpan(name[0] == 'n' ? 1 : 0);
        int end = digits.IndexOfAnyExceptInRange('.', '9');
        digits = (end < 0 ? digits : digits[..end]).TrimEnd('.');
        bool isRelease = Version.TryParse(digits.Contains('.') ? digits : $"{digits}.0", out Version? number);
        return isRelease ? new(digits.ToString(), number) : new(name, null);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"ffmpeg {Name}");
}
