using System.Globalization;

namespace PoseBatch.Jobs;

/// <summary>Times as people write them: <c>90</c>, <c>90.5</c>, <c>1:30</c>, <c>00:01:30.500</c>.</summary>
public static class TimeText
{
    /// <summary>Seconds, or null when the text is not a time.</summary>
    public static double? Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length > 3)
        {
            return null;
        }

        double seconds = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            NumberStyles style = last ? NumberStyles.AllowDecimalPoint : NumberStyles.None;
            if (!double.TryParse(parts[i], style, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value) || (i > 0 && value >= 60))
            {
                return null;
            }

            seconds = (seconds * 60) + value;
        }

        return seconds;
    }
}
