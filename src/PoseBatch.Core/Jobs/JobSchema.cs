using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PoseBatch.Jobs;

/// <summary>The JSON Schema (2020-12) of a job, made from <see cref="JobFields"/>: <c>jobs/job.schema.json</c>.</summary>
public static class JobSchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of the file.</summary>
    public static string Text() => Build().ToJsonString(Indented) + "\n";

    /// <summary>The schema.</summary>
    public static JsonObject Build()
    {
        JsonObject properties = new()
        {
            ["spec_version"] = new JsonObject
            {
                ["type"] = new JsonArray("integer", "null"),
                ["minimum"] = JobSpec.Version,
                ["maximum"] = JobSpec.Version,
                ["description"] = "Version of this format.",
            },
        };
        foreach (IGrouping<JobSection?, JobField> section in JobFields.BySection)
        {
            JsonObject members = section.Key is null ? properties : [];
            foreach (JobField field in section)
            {
                JsonObject schema = field.Kind.Schema(field.IsRequired);
                schema["description"] = field.Help;
                members[field.ShortName] = schema;
            }

            if (section.Key is { } key)
            {
                properties[key.Name] = ObjectOf(key.Help, members, [.. section.Where(field => field.IsRequired).Select(field => field.ShortName)]);
            }
        }

        JsonObject job = new() { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "PoseBatch job" };
        foreach ((string name, JsonNode? value) in ObjectOf(
            "One video to be turned into one result. What is absent or null is left to the service (appsettings.json). jobs/README.md explains more.", properties, ["source"]))
        {
            job[name] = value?.DeepClone();
        }

        return job;
    }

    private static JsonObject ObjectOf(string help, JsonObject properties, string[] required)
    {
        JsonObject schema = new()
        {
            ["description"] = help,
            ["type"] = required.Length > 0 ? "object" : new JsonArray("object", "null"),
            ["properties"] = properties,
        };
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]);
        }

        schema["patternProperties"] = new JsonObject { ["^x_"] = true };
        schema["additionalProperties"] = false;
        return schema;
    }
}
