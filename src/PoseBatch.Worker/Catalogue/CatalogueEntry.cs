using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PoseBatch.Families;
using PoseBatch.Models;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A network that can be fetched by its name.</summary>
internal sealed record CatalogueEntry
{
    /// <summary>Name of the package folder it becomes.</summary>
    public required string Name { get; init; }

    /// <summary>What it is good for, in a few words.</summary>
    public required string Use { get; init; }

    /// <summary>How many people: <c>one</c>, <c>several</c>, <c>one per box</c>, or <c>boxes</c> for a detector.</summary>
    public required string Persons { get; init; }

    /// <summary>Joints of a person; 0 for a detector.</summary>
    public required int Joints { get; init; }

    /// <summary>Licence of the weights, an SPDX id.</summary>
    public required string Licence { get; init; }

    /// <summary>What else there is to know of the licence; null for nothing.</summary>
    public string? LicenceNote { get; init; }

    /// <summary>Who made it.</summary>
    public required string Origin { get; init; }

    /// <summary>Accuracy as its publisher states it; null where he states none.</summary>
    public string? Published { get; init; }

    /// <summary>What we measured; null for a network that is described here and was not run by us.</summary>
    public string? Measured { get; init; }

    /// <summary>Where it comes from.</summary>
    public required ModelSource Source { get; init; }

    /// <summary>How it is converted; null when what is fetched is the ONNX file.</summary>
    public ConversionRecipe? Conversion { get; init; }

    /// <summary>Its <c>model.json</c> without name, hash, licence and origin.</summary>
    public required JsonObject Model { get; init; }

    /// <summary>Whether it finds people, not joints.</summary>
    [JsonIgnore]
    public bool IsDetector => Persons == "boxes";

    /// <summary>Width and height of the input, pixels.</summary>
    [JsonIgnore]
    public (int Width, int Height) InputSize => Model["input"] is JsonObject input && input["width"] is { } width && input["height"] is { } height
        ? (width.GetValue<int>(), height.GetValue<int>())
        : throw new PoseBatchException(ReasonCode.ModelMismatch, $"The catalogue's entry '{Name}' states no input size.");

    /// <summary>The whole description of the network with this hash.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: what the catalogue says is no description.</exception>
    public ModelDescription Describe(string sha256)
    {
        JsonObject model = new()
        {
            ["schema_version"] = ModelJson.SchemaVersion,
            ["name"] = Name,
            ["sha256"] = sha256,
            ["licence"] = Licence,
            ["origin"] = $"{Origin}; {Source.Address}",
        };
        foreach ((string key, JsonNode? value) in Model)
        {
            model[key] = value?.DeepClone();
        }

        return ModelJson.Read(model.ToJsonString(), $"The catalogue's entry '{Name}'");
    }
}
