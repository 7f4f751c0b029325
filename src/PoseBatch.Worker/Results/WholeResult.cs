using System.Text.Json;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Results;

/// <summary>Whether a folder holds all of a result, told from its manifest and the sizes of its files: a look, not an audit.</summary>
internal static class WholeResult
{
    private const string ManifestName = "manifest.json";

    /// <summary>A result that was there before counts only if all of it is there still: otherwise it is in the way.</summary>
    /// <param name="report">How a job ended.</param>
    /// <param name="advice">What to do about a result that is not whole.</param>
    public static JobReport Check(JobReport report, string advice) =>
        report is { State: JobState.Exists, ResultPath: { } path } && ProblemOf(path) is { } problem
            ? report with
            {
                State = JobState.Failed,
                Reason = ReasonCode.OutputConflict,
                Message = $"'{path}' has the name of this result, but is not a complete one: {problem}.",
                Advice = advice,
                ResultPath = null,
            }
            : report;

    /// <summary>What is missing or cut, in words; null when all is there.</summary>
    /// <param name="path">The result's folder.</param>
    public static string? ProblemOf(string path)
    {
        if (!Directory.Exists(path))
        {
            return "it is not a folder, or not there";
        }

        try
        {
            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, ManifestName)));
            foreach (JsonElement table in manifest.RootElement.GetProperty("files").EnumerateArray())
            {
                string name = table.GetProperty("name").GetString()!;
                long size = table.GetProperty("size").GetInt64();
                FileInfo file = new(Path.Combine(path, name));
                if (!file.Exists)
                {
                    return $"{name} is missing";
                }

                if (file.Length != size)
                {
                    return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} has {file.Length:N0} bytes instead of {size:N0}");
                }
            }

            return null;
        }
        catch (FileNotFoundException)
        {
            return $"{ManifestName} is missing";
        }
        catch (Exception damage) when (damage is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            return $"{ManifestName} is damaged";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"{ManifestName} cannot be read: {fault.Message.TrimEnd('.')}";
        }
    }
}
