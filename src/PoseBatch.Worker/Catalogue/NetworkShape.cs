using System.Text.Json.Nodes;

namespace PoseBatch.Worker.Catalogue;

/// <summary>What networks of a kind look like.</summary>
internal sealed record NetworkShape
{
    /// <summary>By which it can be asked for.</summary>
    public required string Name { get; init; }

    /// <summary>Whose networks look like that, and what is to be known of their licence.</summary>
    public required string Use { get; init; }

    /// <summary>Outputs that the file must have, with the lengths that are known, -1 for any; empty for what the description says.</summary>
    public IReadOnlyDictionary<string, int[]> Outputs { get; init; } = new Dictionary<string, int[]>();

    /// <summary>The <c>model.json</c> without what the file itself says: name, hash, licence, origin, and of the input its name, layout, type and size.</summary>
    public required JsonObject Model { get; init; }
}
