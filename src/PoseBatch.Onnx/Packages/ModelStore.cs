using System.Globalization;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Tables;

namespace PoseBatch.Onnx.Packages;

/// <summary>One package folder of a listing.</summary>
/// <param name="Name">Name of the folder, by which a job asks for it.</param>
/// <param name="Folder">Full path.</param>
/// <param name="Package">What is in it; null when it cannot be read.</param>
/// <param name="Problem">Why it cannot be read; null when it can.</param>
public sealed record ListedModel(string Name, string Folder, ModelPackage? Package, string? Problem);

/// <summary>What there is to say about a network's file.</summary>
/// <param name="ModelPath">Full path of the ONNX file.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Tensors">What it declares.</param>
/// <param name="Package">File and description together; null when it has no description that can be read.</param>
/// <param name="Problems">Everything in which description and file differ, or why there is no description; empty when all is well.</param>
public sealed record ModelInspection(
    string ModelPath, string Sha256, long Bytes, ModelTensors Tensors, ModelPackage? Package, IReadOnlyList<string> Problems);

/// <summary>The model folders as <c>posebatch models</c> works on them: list, inspect, add.</summary>
/// <param name="catalog">Where packages and descriptions are.</param>
public sealed class ModelStore(ModelCatalog catalog)
{
    /// <summary>Every package folder of every model folder, by name; one that is broken is listed with its problem.</summary>
    public IReadOnlyList<ListedModel> List() =>
        [.. PackageFolders(catalog.ModelFolders).OrderBy(folder => Path.GetFileName(folder), StringComparer.Ordinal).Select(ListOne)];

    /// <summary>Looks at a network and, if there is one, its description; does not run it.</summary>
    /// <param name="model">As for <see cref="ModelCatalog.Resolve"/>.</param>
    /// <exception cref="PoseBatchException">model_missing, or model_mismatch when the file is no network.</exception>
    public ModelInspection Inspect(string model)
    {
        string path = catalog.Locate(model);
        string sha256 = ModelInspector.HashOf(path);
        ModelTensors tensors = ModelInspector.TensorsOf(path);
        long bytes = new FileInfo(path).Length;
        try
        {
            ModelPackage package = catalog.Resolve(path);
            return new(path, sha256, bytes, tensors, package, ModelInspector.Check(package));
        }
        catch (PoseBatchException fault) when (fault.Reason == ReasonCode.ModelMismatch)
        {
            return new(path, sha256, bytes, tensors, null, [fault.Message]);
        }
    }

    /// <summary>
    /// Copies a package into a model folder: checked first, complete or not at all, with a <c>model.json</c> of its own even
    /// if the source had none beside it.
    /// </summary>
    /// <param name="source">As for <see cref="ModelCatalog.Resolve"/>.</param>
    /// <param name="modelFolder">The folder that receives it; made when it does not exist.</param>
    /// <param name="name">Name of the new package folder; null takes the description's name.</param>
    /// <returns>The package in its new place; the old one when the same network is there already under that name.</returns>
    /// <exception cref="PoseBatchException">
    /// model_missing; model_mismatch; output_conflict: another network has that name; disk_full: the folder cannot be written.
    /// </exception>
    public ModelPackage Add(string source, string modelFolder, string? name = null)
    {
        return Add(catalog.Resolve(source), modelFolder, name);
    }

    /// <inheritdoc cref="Add(string, string, string?)"/>
    /// <param name="package">The network and its description, wherever that comes from.</param>
    /// <param name="modelFolder">The folder that receives it; made when it does not exist.</param>
    /// <param name="name">Name of the new package folder; null takes the description's name.</param>
    public static ModelPackage Add(ModelPackage package, string modelFolder, string? name)
    {
        ModelInspector.EnsureFits(package);

        string folderName = name ?? package.Description.Name;
        if (!IsFolderName(folderName))
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"'{folderName}' cannot be the name of a package folder.",
                "Use letters, digits, dots, dashes and underscores, starting with a letter or digit.");
        }

        string target = Path.Combine(Path.GetFullPath(modelFolder), folderName);
        if (Existing(target, package) is { } existing)
        {
            return existing;
        }

        try
        {
            Copy(package, target);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Someone else may have put the same package there between the look and the rename.
            return Existing(target, package) ?? throw new PoseBatchException(
                OutputRefusal.ReasonOf(fault),
                $"The package could not be written to {target}: {fault.Message}",
                "Check free space and rights of the model folder.",
                fault);
        }

        return new ModelCatalog([], []).Resolve(target);
    }

    internal static IEnumerable<string> Names(IReadOnlyList<string> modelFolders) =>
        PackageFolders(modelFolders).Select(folder => Path.GetFileName(folder)!).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> PackageFolders(IReadOnlyList<string> modelFolders) => modelFolders
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateDirectories(folder))
        .Where(folder => !Path.GetFileName(folder).StartsWith('.'))
        .Where(folder => new[] { ModelCatalog.ModelFile, ModelCatalog.DescriptionFile }.Any(file => File.Exists(Path.Combine(folder, file))));

    private static ModelPackage? Existing(string target, ModelPackage package)
    {
        if (!Directory.Exists(target))
        {
            return null;
        }

        string path = Path.Combine(target, ModelCatalog.ModelFile);
        if (File.Exists(path) && ModelInspector.HashOf(path) == package.Sha256)
        {
            return new ModelCatalog([], []).Resolve(target);
        }

        throw new PoseBatchException(
            ReasonCode.OutputConflict, $"{target} already holds another network.", "Choose another name, or remove that folder first.");
    }

    private static void Copy(ModelPackage package, string target)
    {
        string parent = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(parent);
        string part = Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.part"));
        try
        {
            Directory.CreateDirectory(part);
            string model = Path.Combine(part, ModelCatalog.ModelFile);
            File.Copy(package.ModelPath, model);
            if (ModelInspector.HashOf(model) != package.Sha256)
            {
                throw new IOException("the copy differs from the original");
            }

            // A network that keeps its weights in a second file opens beside that file only; the copy must open here.
            _ = ModelInspector.TensorsOf(model);
            ModelDescription description = package.Description with { File = ModelCatalog.ModelFile };
            File.WriteAllText(Path.Combine(part, ModelCatalog.DescriptionFile), ModelJson.Write(description));
            Directory.Move(part, target);
        }
        finally
        {
            if (Directory.Exists(part))
            {
                Directory.Delete(part, recursive: true);
            }
        }
    }

    private static bool IsFolderName(string name) =>
        name.Length is > 0 and <= 128
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private ListedModel ListOne(string folder)
    {
        string name = Path.GetFileName(folder);
        try
        {
            return new(name, folder, catalog.Resolve(folder), null);
        }
        catch (PoseBatchException fault)
        {
            return new(name, folder, null, fault.Message);
        }
    }
}
