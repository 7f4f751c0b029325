using System.Globalization;
using System.Text;
using System.Text.Json;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>The demo's outcome as lines for people and as one JSON object for machines.</summary>
internal static class DemoText
{
    /// <summary>The measured figures, one per entry: name, value, what it means.</summary>
    private static (string Name, string Value, string Meaning)[] Figures(DemoError error)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return
        [
            ("median error", Median(error) is { } pixels ? string.Create(culture, $"{pixels:F1} px") : "none",
                string.Create(culture, $"half of the {error.Joints.JointsCounted:N0} joints in the picture lie nearer to the truth")),
            ("PCK@0.2 torso", error.Joints.Pck is { } share ? string.Create(culture, $"{share * 100:F1} %") : "none",
                "joints within 0.2 torso lengths of the truth; one without a position is wrong"),
            ("pose found", Share(error.PosedFrames, error.PersonFrames),
                string.Create(culture, $"{error.PosedFrames} of {error.PersonFrames} frames with somebody in the picture")),
            ("none found", Share(error.RightlyEmptyFrames, error.EmptyFrames),
                string.Create(culture, $"{error.RightlyEmptyFrames} of {error.EmptyFrames} frames without anybody")),
        ];
    }

    // Half of the joints without a position are no distance.
    private static double? Median(DemoError error) => error.Joints.MedianPixels is { } pixels && double.IsFinite(pixels) ? pixels : null;

    /// <summary>For people.</summary>
    public static string Lines(DemoOutcome outcome)
    {
        StringBuilder text = new();
        text.AppendLine(ReportText.Line(outcome.Job)).AppendLine();
        text.AppendLine("Six rows of keypoints.parquet:").AppendLine();
        AppendTable(text, outcome.Excerpt);
        text.AppendLine().AppendLine("Measured against the exact joints of this generated clip:").AppendLine();
        foreach ((string name, string value, string meaning) in Figures(outcome.Error))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {name,-14}{value,8}   {meaning}");
        }

        string pace = string.Create(CultureInfo.InvariantCulture, $"{outcome.Job.FramesPerSecond:F0} fps");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {"pace",-14}{pace,8}   {outcome.Job.LimitedBy} limits").AppendLine();
        foreach ((string name, string? path) in Paths(outcome))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {name.Replace('_', ' '),-17}{(path is null ? "none" : Shown(path))}");
        }

        if (outcome.WhyNoPictures is { } reason)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"No pictures: {reason}");
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>One JSON object on one line (docs/cli.md).</summary>
    public static string Json(DemoOutcome outcome) => JsonLine.Of(json =>
    {
        DemoError error = outcome.Error;
        json.WriteStartObject();
        json.WriteString("video", outcome.Job.Path);
        ReportText.Counts(json, outcome.Job.Counts!);
        json.WriteString("model", outcome.Model);
        json.WriteString("provider", outcome.Provider);
        json.WriteStartObject("error");
        WriteNumber(json, "median_px", Median(error));
        WriteNumber(json, "pck_02_torso", error.Joints.Pck);
        json.WriteNumber("joints", error.Joints.JointsCounted);
        json.WriteNumber("person_frames", error.PersonFrames);
        json.WriteNumber("person_frames_with_pose", error.PosedFrames);
        json.WriteNumber("empty_frames", error.EmptyFrames);
        json.WriteNumber("empty_frames_without_pose", error.RightlyEmptyFrames);
        json.WriteEndObject();
        json.WriteNumber("elapsed_s", Math.Round(outcome.Job.Elapsed.TotalSeconds, 3));
        json.WriteNumber("fps", Math.Round(outcome.Job.FramesPerSecond, 1));
        json.WriteString("limited_by", outcome.Job.LimitedBy);
        foreach ((string name, string? path) in Paths(outcome))
        {
            json.WriteString(name, path);
        }

        json.WriteString("pictures_missing", outcome.WhyNoPictures);
        json.WriteEndObject();
    });

    private static (string Name, string? Path)[] Paths(DemoOutcome outcome) =>
    [
        ("tables", outcome.Job.ResultPath),
        ("annotated_video", outcome.WhyNoPictures is null ? outcome.Files.AnnotatedVideo : null),
        ("contact_sheet", outcome.WhyNoPictures is null ? outcome.Files.ContactSheet : null),
        ("report", outcome.Files.Report),
    ];

    // Columns of numbers end in one line, words begin in one.
    private static void AppendTable(StringBuilder text, IReadOnlyList<string[]> rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            text.Append(' ');
            for (int column = 0; column < rows[0].Length; column++)
            {
                int width = rows.Max(cells => cells[column].Length);
                bool isNumber = rows.Count > 1 && rows[1][column] is var first
                    && (first == "null" || double.TryParse(first, CultureInfo.InvariantCulture, out _));
                text.Append(' ').Append(isNumber ? rows[row][column].PadLeft(width) : rows[row][column].PadRight(width));
            }

            text.AppendLine();
        }
    }

    private static string Share(int part, int whole) =>
        whole == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:F1} %");

    /// <summary>As the user would type it: below the current folder relative to it, else absolute.</summary>
    private static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, Math.Round(number, 4));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
