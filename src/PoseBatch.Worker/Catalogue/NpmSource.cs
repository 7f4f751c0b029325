using System.Text.Json.Serialization;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A version of an npm package, fetched by npm from the registry it is configured for.</summary>
internal sealed record NpmSource : ModelSource
{
    /// <summary>Its name, with the scope.</summary>
    public required string Package { get; init; }

    /// <summary>Its exact version.</summary>
    public required string Version { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Address => $"{Package}@{Version}";
}
