using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Onnx.Packages;

namespace PoseBatch.Worker.Catalogue;

/// <summary>Completes a package folder.</summary>
internal static class NetworkFiles
{
    /// <summary>Writes the description beside the network that is there already.</summary>
    public static void Describe(string folder, CatalogueEntry entry)
    {
        ModelDescription description = entry.Describe(ModelInspector.HashOf(Path.Combine(folder, ModelCatalog.ModelFile)));
        File.WriteAllText(Path.Combine(folder, ModelCatalog.DescriptionFile), ModelJson.Write(description));
    }
}
