using System.Text.Json;

namespace PoseBatch.Onnx.Runtime;

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

    /// <summary>Returns when <paramref name="provider"/> ran at least one node of the profiled run.</summary>
    /// <exception cref="ProviderNotUsedException">It ran none.</exception>
    /// <exception cref="IOException">The profile cannot be read.</exception>
    public static void RequireUse(string profilePath, string provider)
    {
        Dictionary<string, int> nodes = Count(File.ReadAllText(profilePath));
        if (nodes.GetValueOrDefault(ExecutionProviders.RuntimeName(provider)) == 0)
        {
            string others = nodes.Count > 0 ? string.Join(", ", nodes.Select(pair => $"{pair.Value} on {pair.Key}")) : "none on any";
            throw new ProviderNotUsedException($"ONNX Runtime accepted it but gave it no node of this network to run ({others})");
        }
    }
}

/// <summary>ONNX Runtime accepted a provider and then gave it nothing to do.</summary>
internal sealed class ProviderNotUsedException(string message) : Exception(message);
