using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// What a folder of the inbox asks for its videos: its <c>posebatch.json</c>, a job's JSON without source, laid over that of
/// the folder above. Immutable; a changed file makes a new profile.
/// </summary>
internal sealed class FolderProfile
{
    // What belongs to one video cannot stand for many.
    private static readonly string[] OfOneVideo = ["job_id", "idempotency_key", "source", "source_id"];
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly JsonObject _json;

    private FolderProfile(JsonObject json, JobSpec? template, string? problem)
    {
        (_json, Template, Problem) = (json, template, problem);
    }

    /// <summary>The profile where no file says anything.</summary>
    public static FolderProfile Empty { get; } = new([], new JobSpec { Source = new() { Path = "video" } }, null);

    /// <summary>The job of every video, its source a placeholder; null when there is a problem.</summary>
    public JobSpec? Template { get; }

    /// <summary>What is wrong with the file, in words; its folder waits. Null when all is well.</summary>
    public string? Problem { get; }

    /// <summary>Reads a profile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="above">What is inherited; its problem is inherited as well.</param>
    /// <param name="problemOf">Says why jobs like that would be refused or could not run; null when they can.</param>
    public static FolderProfile Read(string path, FolderProfile above, Func<JobSpec, string?> problemOf)
    {
        if (above.Problem is not null)
        {
            return above;
        }

        try
        {
            if (FileFacts.Of(path) is not { Kind: FileKind.Regular } facts)
            {
                return Broken($"'{path}' is no file.");
            }

            if (facts.Size > JobJson.MaxBytes)
            {
                return Broken($"'{path}' has {facts.Size} bytes, at most {JobJson.MaxBytes} are read.");
            }

            return Parse(path, File.ReadAllText(path), above, problemOf);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Broken($"'{path}' cannot be read: {failure.Message}");
        }
    }

    private static FolderProfile Parse(string path, string text, FolderProfile above, Func<JobSpec, string?> problemOf)
    {
        JsonObject own;
        try
        {
            if (JsonNode.Parse(text, documentOptions: Strict) is not JsonObject read)
            {
                return Broken($"'{path}' must be a JSON object.");
            }

            own = read;
        }
        catch (JsonException wrong)
        {
            return Broken($"'{path}' is not JSON yet: {wrong.Message.Split(" LineNumber:")[0]}");
        }

        foreach (string field in OfOneVideo)
        {
            if (own.ContainsKey(field))
            {
                return Broken($"'{path}': {field}: belongs to one video; a profile holds for all videos of its folder. Take it out.");
            }
        }

        JsonObject merged = Lay(own, above._json);
        JsonObject whole = (JsonObject)merged.DeepClone();
        whole["source"] = new JsonObject { ["path"] = "video" };
        IReadOnlyList<string> problems = JobJson.TryRead(whole.ToJsonString(), out JobSpec? template);
        return problems.Count > 0 ? Broken($"'{path}': {Sentence(string.Join("; ", problems))}")
            : problemOf(template!) is { } problem ? Broken($"'{path}': {Sentence(problem)}")
            : new(merged, template, null);
    }

    // Objects are merged field by field, everything else is replaced.
    private static JsonObject Lay(JsonObject upper, JsonObject lower)
    {
        JsonObject merged = (JsonObject)lower.DeepClone();
        foreach ((string name, JsonNode? value) in upper)
        {
            merged[name] = value is JsonObject inner && merged[name] is JsonObject below ? Lay(inner, below) : value?.DeepClone();
        }

        return merged;
    }

    private static string Sentence(string text) => text[^1] is '.' or '?' ? text : text + ".";

    private static FolderProfile Broken(string problem) => new([], null, problem);
}
