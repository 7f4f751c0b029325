using System.Globalization;
using PoseBatch.Onnx.Packages;

namespace PoseBatch.Worker.Hosting;

/// <summary>Where model packages lie, as the settings say, and what a word for one means. Loads none.</summary>
internal static class ModelFolders
{
    /// <summary>The folders whose sub-folders are model packages.</summary>
    public static IReadOnlyList<string> All(Settings settings) => [Root(settings), Path.Combine(AppContext.BaseDirectory, "models")];

    /// <summary>The folder that receives new packages.</summary>
    public static string Root(Settings settings)
    {
        string path = settings.Models.Root;
        return path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..].TrimStart('/'))
            : Path.GetFullPath(path);
    }

    /// <summary>The packages of all folders.</summary>
    public static ModelCatalog Catalog(Settings settings) =>
        new(All(settings), [.. settings.Models.Descriptions.Select(folder => Path.Combine(AppContext.BaseDirectory, folder))]);

    /// <summary>The same, for the verbs that list, inspect and add.</summary>
    public static ModelStore Store(Settings settings) => new(Catalog(settings));

    /// <summary>The package that a word means, found and read.</summary>
    /// <exception cref="PoseBatchException">model_missing, model_mismatch.</exception>
    public static ModelPackage Package(Settings settings, string model) => Catalog(settings).Resolve(model);

    /// <summary>Where the network lies that a word means; nothing of it is read.</summary>
    /// <exception cref="PoseBatchException">model_missing.</exception>
    public static string Locate(Settings settings, string model) => Catalog(settings).Locate(model);

    /// <summary>Path, size and time of change of a model's network and description: another stamp, another model.</summary>
    /// <exception cref="PoseBatchException">model_missing.</exception>
    public static string StampOf(Settings settings, string model)
    {
        string network = Locate(settings, model);
        string description = Path.Combine(Path.GetDirectoryName(network)!, ModelCatalog.DescriptionFile);
        return FactsOf(new(network)) + FactsOf(new(description));
    }

    private static string FactsOf(FileInfo file) => string.Create(
        CultureInfo.InvariantCulture, $"{file.FullName}|{(file.Exists ? file.Length : -1)}|{(file.Exists ? file.LastWriteTimeUtc.Ticks : 0)}\n");
}
