using System.Text.Json;
using System.Text.Json.Serialization;
using PoseBatch.Json;

namespace PoseBatch.Worker.Catalogue;

/// <summary>The networks that <c>posebatch models get</c> knows by name: data beside the program, <c>catalogue.json</c>.</summary>
internal sealed record NetworkCatalogue
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowOutOfOrderMetadataProperties = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The catalogue that comes with the program.</summary>
    public static string OwnFile { get; } = Path.Combine(AppContext.BaseDirectory, "catalogue.json");

    /// <summary>1.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Names for several networks at once.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Sets { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Which of the networks is the best.</summary>
    public BestOrder Best { get; init; } = new([], []);

    /// <summary>The networks.</summary>
    public required IReadOnlyList<CatalogueEntry> Models { get; init; }

    /// <summary>Kinds of networks that people have but that cannot be fetched by name.</summary>
    public IReadOnlyList<NetworkShape> Shapes { get; init; } = [];

    /// <summary>What networks may look like: the kinds, and every network that can be fetched.</summary>
    [JsonIgnore]
    public IReadOnlyList<NetworkShape> AllShapes => [.. Shapes, .. Models.Select(entry => new NetworkShape { Name = entry.Name, Use = entry.Use, Model = entry.Model })];

    /// <summary>Reads a catalogue.</summary>
    /// <exception cref="PoseBatchException">model_missing: it cannot be read. model_mismatch: it is no catalogue.</exception>
    public static NetworkCatalogue Read(string path)
    {
        try
        {
            NetworkCatalogue read = JsonSerializer.Deserialize<NetworkCatalogue>(File.ReadAllText(path), Options)
                ?? throw new JsonException("it holds nothing");
            return read.SchemaVersion == 1 ? read : throw new JsonException($"its schema_version is {read.SchemaVersion}, this program reads 1");
        }
        catch (Exception fault) when (fault is JsonException or NotSupportedException)
        {
            throw new PoseBatchException(ReasonCode.ModelMismatch, $"{path} is not a catalogue of networks: {fault.Message}", "docs/models.md shows the form.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(ReasonCode.ModelMissing, $"{path} cannot be read: {fault.Message}", cause: fault);
        }
    }

    /// <summary>The entries that names mean, each once, sets opened.</summary>
    /// <exception cref="PoseBatchException">model_missing: a name that is not in the catalogue.</exception>
    public IReadOnlyList<CatalogueEntry> Find(IEnumerable<string> names) =>
        [.. names.SelectMany(name => Sets.TryGetValue(name, out IReadOnlyList<string>? members) ? members : [name]).Distinct().Select(Find)];

    /// <summary>The entry of a name.</summary>
    /// <exception cref="PoseBatchException">model_missing: it is not in the catalogue.</exception>
    public CatalogueEntry Find(string name)
    {
        string[] known = [.. Models.Select(entry => entry.Name), .. Sets.Keys];
        return Models.FirstOrDefault(entry => entry.Name == name) ?? throw new PoseBatchException(
            ReasonCode.ModelMissing,
            $"The catalogue has no network named '{name}'.{(Spelling.Nearest(name, known) is { } meant ? $" Did you mean {meant}?" : "")}",
            $"It has {string.Join(", ", known)}; 'posebatch models list --available' says more. A file of your own is added with 'posebatch models add'.");
    }
}
