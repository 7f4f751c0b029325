using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>
/// What the words for models mean, at every door: <c>best</c> is the first network of the catalogue's order that is installed, the name of
/// a set of the catalogue is a network and its detector at once, everything else is a package. Where a package, a file or a folder has
/// one of these words for its name, it is meant. Looks at the model folders anew in every call. Thread-safe.
/// </summary>
/// <param name="settings">The model folders, and what is meant where nothing is named.</param>
internal sealed class NamedModels(Settings settings)
{
    /// <summary>The word for the best network that is installed.</summary>
    public const string Best = "best";

    // Null where the program comes without a catalogue: then every word is a package.
    private readonly Lazy<NetworkCatalogue?> _catalogue = new(() => File.Exists(NetworkCatalogue.OwnFile) ? NetworkCatalogue.Read(NetworkCatalogue.OwnFile) : null);

    /// <summary>The packages that are meant; whether they are installed is only looked at for <c>best</c>.</summary>
    /// <param name="name">The model as it was named; null for that of the settings.</param>
    /// <param name="detector">The detector as it was named; null for that of the settings or the set.</param>
    /// <exception cref="PoseBatchException">model_missing, model_mismatch: the catalogue cannot be read.</exception>
    public ModelChoice Choose(string? name, string? detector)
    {
        string word = name ?? settings.Models.Default;
        string? usual = settings.Models.Detector is { Length: > 0 } named ? named : null;
        if (!IsPlace(word) && _catalogue.Value is { } catalogue)
        {
            if (word == Best)
            {
                return new BestNetwork(catalogue, ModelFolders.Catalog(settings)).Choose(detector, usual);
            }

            if (catalogue.Sets.ContainsKey(word))
            {
                ILookup<bool, CatalogueEntry> members = catalogue.Find([word]).ToLookup(entry => entry.IsDetector);
                return new(members[false].Single().Name, detector ?? usual ?? members[true].SingleOrDefault()?.Name);
            }
        }

        return new(word, detector ?? usual);
    }

    /// <summary>Passes unless the catalogue has networks of that name and none of them is installed: then whoever asked for it learns how to get it.</summary>
    /// <param name="name">The model as it was named.</param>
    /// <exception cref="PoseBatchException">model_missing.</exception>
    public void EnsureInstalled(string name)
    {
        if (name == Best || IsPlace(name) || _catalogue.Value is not { } catalogue || catalogue.Sets.ContainsKey(name))
        {
            return;
        }

        string[] meant = [.. catalogue.Models.Select(entry => entry.Name).Where(known => known.Contains(name, StringComparison.OrdinalIgnoreCase))];
        if (meant.Length > 0)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMissing,
                $"Model '{name}' is not installed.",
                $"'posebatch models get {meant[0]}' fetches it{(meant.Length > 1 ? $"; there are also {string.Join(", ", meant[1..])}" : "")}.");
        }
    }

    private bool IsPlace(string name) => name.AsSpan().ContainsAny('/', '\\') || File.Exists(name) || Directory.Exists(name)
        || ModelFolders.All(settings).Any(folder => Directory.Exists(Path.Combine(folder, name)));
}
