using System.Globalization;

namespace PoseBatch;

/// <summary>An exact fraction, as containers state time bases, frame rates and pixel shapes.</summary>
public readonly record struct Rational(long Numerator, long Denominator)
{
    /// <summary>0/1, which containers use for "not stated".</summary>
    public static Rational Unknown { get; } = new(0, 1);

    /// <summary>Whether the fraction is a usable positive number.</summary>
    public bool IsKnown => Numerator > 0 && Denominator > 0;

    /// <summary>The nearest double.</summary>
    public double Value => (double)Numerator / Denominator;

    /// <summary>Reads <c>a/b</c> or <c>a:b</c>; anything else is <see cref="Unknown"/>.</summary>
    public static Rational Parse(string? text)
    {
        if (text is null)
        {
            return Unknown;
        }

        int cut = text.AsSpan().IndexOfAny('/', ':');
        return cut > 0
            && long.TryParse(text.AsSpan(0, cut), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long numerator)
            && long.TryParse(text.AsSpan(cut + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long denominator)
            && denominator != 0
            ? new(numerator, denominator)
            : Unknown;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");
}
