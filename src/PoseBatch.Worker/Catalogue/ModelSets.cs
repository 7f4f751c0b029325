using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A word for a network and its detector at once: a set of the catalogue.</summary>
internal static class ModelSets
{
    /// <summary>
    /// The same settings, with network and detector of the set where the model's name is that of a set and nobody has a package, a file or
    /// a folder of that name.
    /// </summary>
    /// <exception cref="PoseBatchException">The catalogue cannot be read.</exception>
    public static ModelSettings Opened(ModelSettings models)
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
            return models;
        }

        ILookup<bool, CatalogueEntry> members = catalogue.Find([name]).ToLookup(entry => entry.Persons == "boxes");
        return models with { Default = members[false].Single().Name, Detector = models.Detector ?? members[true].SingleOrDefault()?.Name };
    }
}
