using System.Text.Encodings.Web;
using System.Text.Json;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Writes <c>NAME.error.json</c> for a job file that is refused.</summary>
/// <param name="root">The folder for job files.</param>
/// <param name="hidden">A folder in it in which nobody looks.</param>
internal sealed class JobFileRefusal(string root, string hidden)
{
    private const string Refused = "refused";
    private const string DraftExtension = ".draft";

    // A draft is renamed at once; one that is older was left by a crash.
    private static readonly TimeSpan DraftLife = TimeSpan.FromHours(1);
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Deletes drafts that a crash left.</summary>
    public void SweepDrafts(DateTimeOffset now)
    {
        foreach (string draft in Directory.EnumerateFiles(hidden, "*" + DraftExtension))
        {
            if (now.UtcDateTime - File.GetLastWriteTimeUtc(draft) > DraftLife)
            {
                File.Delete(draft);
            }
        }
    }

    /// <summary>Writes the reason, and puts the job file away: its text into the reason, or, when it is none, the file into a folder.</summary>
    /// <param name="name">Of the job file.</param>
    /// <param name="path">Where it is now.</param>
    /// <param name="text">Its text; null when it has none.</param>
    /// <param name="field">What is wrong.</param>
    /// <param name="problem">What is wrong with it.</param>
    public void Write(string name, string path, string? text, string field, string problem)
    {
        string? kept = text is null ? AtomicMove.Into(Path.Combine(root, Refused), name, path) : null;

        // Written under a hidden name and then renamed: whoever sees it sees all of it.
        string draft = Path.Combine(hidden, $"{Guid.NewGuid():N}{DraftExtension}");
        using (FileStream file = new(draft, FileMode.CreateNew))
        using (Utf8JsonWriter json = new(file, Readable))
        {
            json.WriteStartObject();
            json.WriteString("file", name);
            json.WriteString("field", field);
            json.WriteString("problem", problem);
            json.WriteString("advice", $"Correct it and put it in again as {name}; this file can then be deleted. The format stands in jobs/job.schema.json.");
            if (kept is null)
            {
                json.WriteString("text", text);
            }
            else
            {
                json.WriteNull("text");
                json.WriteString("kept_at", kept);
            }

            json.WriteEndObject();
            json.Flush();
            file.Flush(flushToDisk: true);
        }

        AtomicMove.Into(root, number => JobFileNames.ErrorName(name, number), draft);
        if (kept is null)
        {
            File.Delete(path);   // its text stands in the error file
        }
    }
}
