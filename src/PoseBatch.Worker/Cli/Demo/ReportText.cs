using System.Globalization;
using System.Text;
using System.Text.Json;
using PoseBatch.Pipeline;
using PoseBatch.Results.Format;
using PoseBatch.Tables;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>A job's report as one line for people and as one JSON line for machines.</summary>
internal static class ReportText
{
    /// <summary>One summary line, plus indented lines for warnings and advice.</summary>
    public static string Line(JobReport report)
    {
        StringBuilder text = new();
        string path = Printable.Of(report.Path);
        string result = Printable.Of(report.ResultPath ?? string.Empty);
        switch (report.State)
        {
            case RunOutcome.Completed:
                ResultCounts counts = report.Counts!;
                text.Append(CultureInfo.InvariantCulture, $"{path}: {counts.SourceFrames:N0} frames = {counts.Inferred:N0} inferred + {counts.Skipped:N0} skipped + {counts.Undecodable:N0} undecodable");
                text.Append(CultureInfo.InvariantCulture, $"; {counts.Persons:N0} poses, {counts.Keypoints:N0} keypoint rows{Tracks(counts)}; {report.Elapsed.TotalSeconds:F1} s, {report.FramesPerSecond:F0} fps, {report.LimitedBy} limits; {result}");
                break;
            case RunOutcome.Exists:
                text.Append(CultureInfo.InvariantCulture, $"{path}: already there (same video, model and settings); {result}");
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{path}: {report.State.ToString().ToLowerInvariant()}: {report.Reason!.Value.WireName()}: {Printable.Of(report.Message ?? string.Empty)}");
                if (report.Advice is not null)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}  {Printable.Of(report.Advice)}");
                }

                break;
        }

        foreach (string warning in report.Warnings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}  warning: {Printable.Of(warning)}");
        }

        return text.ToString();
    }

    /// <summary>One JSON object on one line (docs/cli.md).</summary>
    public static string Json(JobReport report) => JsonLine.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("video", report.Path);
        json.WriteString("status", report.State.ToString().ToLowerInvariant());
        json.WriteString("reason", report.Reason?.WireName());
        if (report.Reason is { } reason)
        {
            json.WriteBoolean("transient", reason.IsTransient());
        }

        json.WriteString("message", report.Message);
        json.WriteString("advice", report.Advice);
        json.WriteString("result", report.ResultPath);
        if (report.Counts is { } counts)
        {
            Counts(json, counts);
        }

        json.WriteStartArray("warnings");
        foreach (string warning in report.Warnings)
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
        json.WriteNumber("elapsed_s", Math.Round(report.Elapsed.TotalSeconds, 3));
        json.WriteNumber("fps", Math.Round(report.FramesPerSecond, 1));
        json.WriteString("limited_by", report.LimitedBy);
        json.WriteEndObject();
    });

    /// <summary>What a line adds of the tracks; empty without tracking.</summary>
    public static string Tracks(ResultCounts counts) => counts.Tracks is { } tracks
        ? string.Create(CultureInfo.InvariantCulture, $", {tracks:N0} tracks")
        : string.Empty;

    /// <summary>Writes the property <c>counts</c>.</summary>
    public static void Counts(Utf8JsonWriter json, ResultCounts counts)
    {
        json.WritePropertyName("counts");
        TableMetadata.WriteCounts(json, counts);
    }
}
