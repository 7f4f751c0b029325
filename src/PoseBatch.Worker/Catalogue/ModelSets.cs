using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A word for a network and its detector at once: a set of the catalogue.</summary>
internal static class ModelSets
{
    /// <summary>
    /// The same settings, with network and detector of the set where the model's name is that of a set and nobody has a package, a file or
    /// a folder of that name.
    /// </summary>
    /// <param name="models">The settings.</param>
    /// <param name="isAsked">Whether the name was given for this run; a setting may name a network that is still to be fetched.</param>
    /// <exception cref="PoseBatchException">model_missing: the catalogue cannot be read, or it has networks of such a name that are not installed.</exception>
    public static ModelSettings Opened(ModelSettings models, bool isAsked)
    {
        string name = models.Default;
        bool isPlace = name.AsSpan().ContainsAny('/', '\\') || File.Exists(name) || Directory.Exists(name)
            || ModelFolders.All(new Settings { Models = models }).Any(folder => Directory.Exists(Path.Combine(folder, name)));
        if (isPlace || !File.Exists(NetworkCatalogue.OwnFile))
        {
            return models;
        }

        NetworkCatalogue catalogue = NetworkCatalogue.Read(NetworkCatalogue.OwnFile);
        if (!catalogue.Sets.ContainsKey(name))
        {
            string[] meant = [.. catalogue.Models.Select(entry => entry.Name).Where(known => known.Contains(name, StringComparison.OrdinalIgnoreCase))];
            return meant.Length == 0 || !isAsked ? models : throw new PoseBatchException(
                ReasonCode.ModelMissing, $"Model '{name}' is not installed.", $"'posebatch models get {meant[0]}' fetches it{(meant.Length > 1 ? $"; there are also {string.Join(", ", meant[1..])}" : "")}.");
        }

        ILookup<bool, CatalogueEntry> members = catalogue.Find([name]).ToLookup(entry => entry.Persons == "boxes");
        return models with { Default = members[false].Single().Name, Detector = models.Detector ?? members[true].SingleOrDefault()?.Name };
    }
}
