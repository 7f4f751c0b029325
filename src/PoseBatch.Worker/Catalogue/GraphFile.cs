using PoseBatch.Conversion;
using PoseBatch.Conversion.Source;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A graph of another format on its way to a network.</summary>
internal static class GraphFile
{
    private static readonly string[] TfliteEndings = [".tflite", ".lite"];

    /// <summary>Reads a graph by the ending of its file: TF-Lite, else TensorFlow.js.</summary>
    /// <exception cref="PoseBatchException">model_missing, model_mismatch: it cannot be read.</exception>
    public static SourceGraph Read(string path) => TfliteEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
        ? TfliteReader.Read(path)
        : TfjsReader.Read(path);

    /// <summary>Converts as an entry of the catalogue says.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: the graph is another than the recipe's.</exception>
    public static ConvertedNetwork Convert(SourceGraph graph, CatalogueEntry entry)
    {
        ConversionRecipe recipe = entry.Conversion!;
        (int width, int height) = entry.InputSize;
        return GraphConverter.Convert(graph, new()
        {
            Input = recipe.Input,
            Width = width,
            Height = height,
            Outputs = [.. recipe.Outputs.Select(output => (output.Value, output.Key))],
        });
    }

    /// <summary>
    /// The entry whose tensors a graph has: the one of its input size, else the only one; null when there is none, or several of other
    /// sizes.
    /// </summary>
    public static CatalogueEntry? EntryFor(SourceGraph graph, NetworkCatalogue catalogue)
    {
        CatalogueEntry[] alike = [.. catalogue.Models.Where(entry => entry.Conversion is { } recipe
            && recipe.Outputs.Values.Append(recipe.Input).OfType<string>().All(graph.Has))];
        return alike.FirstOrDefault(entry => graph.Inputs.Values.Any(shape => shape is { Count: 4 } && (shape[2], shape[1]) == entry.InputSize))
            ?? (alike is [var only] ? only : null);
    }
}
