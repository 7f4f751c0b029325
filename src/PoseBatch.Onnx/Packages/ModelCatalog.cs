using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Models;

namespace PoseBatch.Onnx.Packages;

/// <summary>
/// Finds the package that a word on the command line or in a job means: a folder with <c>model.onnx</c>, an <c>.onnx</c>
/// file, or a name in one of the model folders. A network without a <c>model.json</c> beside it is recognised by its hash
/// among the descriptions that are known.
/// </summary>
/// <param name="modelFolders">Folders whose sub-folders are packages, searched in order. Those that do not exist are skipped.</param>
/// <param name="descriptionFolders">Folders of <c>*.json</c> descriptions of well-known networks, found by their sha256.</param>
public sealed class ModelCatalog(IReadOnlyList<string> modelFolders, IReadOnlyList<string> descriptionFolders)
{
    /// <summary>Name of the network in a package folder.</summary>
    public const string ModelFile = "model.onnx";

    /// <summary>Name of the description in a package folder.</summary>
    public const string DescriptionFile = "model.json";

    private const string Onnx = ".onnx";

    /// <summary>The package folders' parents, in the order of search.</summary>
    public IReadOnlyList<string> ModelFolders { get; } = modelFolders;

    /// <summary>Finds, reads and hashes; does not look inside the network.</summary>
    /// <param name="model">A folder, an <c>.onnx</c> file, or a name.</param>
    /// <exception cref="PoseBatchException">
    /// model_missing: nothing there. model_mismatch: the description is wrong, or there is none for this network.
    /// </exception>
    public ModelPackage Resolve(string model)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        string path = Locate(model);
        string sha256 = ModelInspector.HashOf(path);
        if (DescriptionOf(path, sha256) is { } description)
        {
            return new() { ModelPath = path, DescriptionPath = description, Sha256 = sha256, Description = ReadDescription(description) };
        }

        ModelTensors tensors = ModelInspector.TensorsOf(path);
        throw new PoseBatchException(
            ReasonCode.ModelMismatch,
            $"{path} has no model.json beside it and is not among the known networks (sha256 {sha256}). It declares {tensors}.",
            "'posebatch models add' describes it where it can; else write a model.json beside it: docs/models.md shows how, with an example for each family.");
    }

    /// <summary>The file that describes a network, beside it or among the known ones; null when there is none.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <param name="sha256">Of its bytes.</param>
    public string? DescriptionOf(string path, string sha256)
    {
        string shared = Path.Combine(Path.GetDirectoryName(path)!, DescriptionFile);
        return DescriptionBeside(path, sha256) ?? FindByHash(sha256) ?? (File.Exists(shared) ? shared : null);
    }

    /// <summary>Full path of the <c>.onnx</c> file that a folder, a file or a name means.</summary>
    /// <exception cref="PoseBatchException">model_missing.</exception>
    public string Locate(string model)
    {
        if (File.Exists(model))
        {
            return Path.GetFullPath(model);
        }

        if (Directory.Exists(model))
        {
            return NetworkIn(model);
        }

        // Only a bare name is looked up: "../x" must not wander out of a model folder.
        bool isName = model.AsSpan().IndexOfAny('/', '\\') < 0 && model is not ("." or "..");
        if (isName && ModelFolders.Select(folder => Path.Combine(folder, model)).FirstOrDefault(Directory.Exists) is { } found)
        {
            return NetworkIn(found);
        }

        string folders = ModelFolders.Count > 0 ? string.Join(", ", ModelFolders) : "any model folder (none is configured)";
        string where = isName ? $"no file, no folder, and no package in {folders}" : "no such file or folder";
        throw new PoseBatchException(ReasonCode.ModelMissing, $"Model '{model}' was not found: {where}.", Advice(isName));
    }

    /// <summary>Whether a model folder has a package of that name, network and description. Reads neither.</summary>
    public bool Has(string name) =>
        ModelFolders.Any(folder => new[] { ModelFile, DescriptionFile }.All(file => File.Exists(Path.Combine(folder, name, file))));

    /// <summary>The description that belongs to a network by its hash, or null.</summary>
    /// <param name="sha256">Lower-case hexadecimal.</param>
    /// <returns>Path of the JSON file.</returns>
    public string? FindByHash(string sha256) => descriptionFolders
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        .FirstOrDefault(path => HashIn(path) == sha256);

    private static ModelDescription ReadDescription(string path)
    {
        try
        {
            return ModelJson.Read(File.ReadAllText(path), path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(ReasonCode.ModelMissing, $"{path} cannot be read: {fault.Message}", cause: fault);
        }
    }

    /// <summary>The <c>NAME.json</c> or <c>model.json</c> that describes just this network, or null.</summary>
    private static string? DescriptionBeside(string modelPath, string sha256)
    {
        string own = Path.ChangeExtension(modelPath, ".json");
        if (File.Exists(own))
        {
            return own;
        }

        // A folder may hold several networks; model.json speaks for the one it names or whose hash it gives.
        string shared = Path.Combine(Path.GetDirectoryName(modelPath)!, DescriptionFile);
        bool isMeant = File.Exists(shared)
            && ((FileIn(shared) ?? ModelFile) == Path.GetFileName(modelPath) || HashIn(shared) == sha256);
        return isMeant ? shared : null;
    }

    private static string NetworkIn(string folder)
    {
        string description = Path.Combine(folder, DescriptionFile);
        string file = File.Exists(description) ? FileIn(description) ?? ModelFile : ModelFile;
        string path = Path.Combine(folder, Path.GetFileName(file));
        if (File.Exists(path))
        {
            return Path.GetFullPath(path);
        }

        string[] others = [.. Directory.EnumerateFiles(folder, $"*{Onnx}").Select(one => Path.GetFileName(one)!).Order(StringComparer.Ordinal)];
        throw new PoseBatchException(
            ReasonCode.ModelMissing,
            $"Folder {folder} has no {Path.GetFileName(file)}.",
            others.Length > 0
                ? $"It has {string.Join(", ", others)}: name the file itself."
                : "A model package is a folder with model.onnx and model.json.");
    }

    private static string? HashIn(string path) => TextIn(path, "sha256")?.ToLowerInvariant();

    private static string? FileIn(string path) => TextIn(path, "file");

    /// <summary>One text of a JSON file that may be anything: a broken neighbour must not hide the others.</summary>
    private static string? TextIn(string path, string field)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            using JsonDocument json = JsonDocument.Parse(file);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty(field, out JsonElement text) && text.ValueKind == JsonValueKind.String
                ? text.GetString()
                : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private string Advice(bool isName)
    {
        string[] names = [.. ModelStore.Names(ModelFolders)];
        return isName && names.Length > 0
            ? $"Packages here are {string.Join(", ", names)}; 'posebatch models list --available' shows what 'posebatch models get' fetches."
            : "Give a folder with model.onnx, an .onnx file, or the name of a package; 'posebatch models list' shows the packages.";
    }
}
