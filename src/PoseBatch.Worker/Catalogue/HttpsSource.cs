using System.Text.Json.Serialization;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A file at an address.</summary>
internal sealed record HttpsSource : ModelSource
{
    /// <summary>Pinned to a release or a commit.</summary>
    public required Uri Url { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Address => Url.ToString();
}
