using System.Globalization;

namespace PoseBatch.Worker.Analysis.Reports;

/// <summary>Numbers as people write them.</summary>
internal static class ReportWords
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>For example <c>0.4</c>, <c>12</c>, <c>2:05</c>, <c>1:02:05</c>.</summary>
    public static string Clock(double seconds) => seconds switch
    {
        < 60 => seconds.ToString("0.###", Culture),
        < 3600 => string.Create(Culture, $"{(int)seconds / 60}:{(int)seconds % 60:00}"),
        _ => string.Create(Culture, $"{(int)seconds / 3600}:{(int)seconds / 60 % 60:00}:{(int)seconds % 60:00}"),
    };

    /// <summary>For example <c>0.04 s</c>, <c>24.7 s</c>, <c>2 min 19 s</c>.</summary>
    public static string Length(double seconds) => seconds switch
    {
        < 1 => string.Create(Culture, $"{seconds:0.##} s"),
        < 60 => string.Create(Culture, $"{seconds:0.#} s"),
        < 3600 => string.Create(Culture, $"{(int)seconds / 60} min {(int)seconds % 60} s"),
        _ => string.Create(Culture, $"{(int)seconds / 3600} h {(int)seconds / 60 % 60} min"),
    };

    /// <summary>For example <c>1,394</c>.</summary>
    public static string Count(long number) => number.ToString("N0", Culture);

    /// <summary>For example <c>1 frame</c>, <c>1,394 frames</c>.</summary>
    public static string Count(long number, string one) => $"{Count(number)} {one}{(number == 1 ? "" : "s")}";

    /// <summary>For example <c>76 %</c>; <c>none</c> of nothing.</summary>
    public static string Share(long part, long whole) => whole == 0 ? "none" : Share((double)part / whole);

    /// <summary>For example <c>76 %</c>, <c>0.3 %</c>; only all is 100 %.</summary>
    public static string Share(double share) => share switch
    {
        > 0 and < 0.01 or > 0.99 and < 1 => string.Create(Culture, $"{double.Clamp(share * 100, 0.1, 99.9):0.#} %"),
        _ => string.Create(Culture, $"{share * 100:0} %"),
    };

    /// <summary>For example <c>508 kB</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => string.Create(Culture, $"{bytes} bytes"),
        < 1_000_000 => string.Create(Culture, $"{bytes / 1e3:0} kB"),
        < 1_000_000_000 => string.Create(Culture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(Culture, $"{bytes / 1e9:0.##} GB"),
    };
}
