using System.Text.Json;

namespace PoseBatch.Onnx;

/// <summary>
/// Counts, in the profile that ONNX Runtime writes of a run, which provider executed how many nodes: the only proof that a
/// GPU provider really does the work, because accepting it and using it are two things.
/// </summary>
internal static class NodePlacement
{
    /// <summary>Executed nodes by ONNX Runtime's name of the provider.</summary>
    /// <exception cref="JsonException">Not a profile.</exception>
    public static Dictionary<string, int> Count(string profileJson)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        using JsonDocument profile = JsonDocument.Parse(profileJson);
        foreach (JsonElement entry in profile.RootElement.EnumerateArray())
        {
            if (entry.TryGetProperty("args", out JsonElement arguments)
                && arguments.ValueKind == JsonValueKind.Object
                && arguments.TryGetProperty("provider", out JsonElement provider)
                && provider.GetString() is { Length: > 0 } name)
            {
                counts[name] = counts.GetValueOrDefault(name) + 1;
            }
        }

        return counts;
    }
}
