using PoseBatch.Families;
using PoseBatch.Models;

namespace PoseBatch.Worker.Catalogue;

/// <summary>Writes a package folder: the network and its description.</summary>
internal static class NetworkFiles
{
    /// <summary>Name of the network in a package folder.</summary>
    public const string Network = "model.onnx";

    /// <summary>Name of the description in a package folder.</summary>
    public const string Description = "model.json";

    /// <summary>Writes the description beside the network that is there already.</summary>
    public static void Describe(string folder, CatalogueEntry entry)
    {
        ModelDescription description = entry.Describe(Onnx.Packages.ModelInspector.HashOf(Path.Combine(folder, Network)));
        File.WriteAllText(Path.Combine(folder, Description), ModelJson.Write(description));
    }
}
