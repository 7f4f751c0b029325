using System.Text.Json.Nodes;
using PoseBatch.Models;

namespace PoseBatch.Worker.Catalogue;

/// <summary>What the program that exported a network wrote into its file, as far as it belongs into a description.</summary>
/// <param name="Exporter">That program.</param>
/// <param name="Shape">The kind of network it says this is, a name of the catalogue; null where the tensors have to tell.</param>
/// <param name="Fields">Fields of <c>model.json</c>, with dots between their names.</param>
/// <param name="Notes">What it says beyond that, and what could not be read, a sentence each.</param>
internal sealed record ExportFacts(
    string Exporter, string? Shape, IReadOnlyList<KeyValuePair<string, JsonNode>> Fields, IReadOnlyList<string> Notes)
{
    /// <summary>What a file's metadata say; null when no exporter that is known here wrote them.</summary>
    /// <param name="name">Of the network.</param>
    /// <param name="metadata">The texts of the file.</param>
    /// <param name="tensors">Its tensors, which metadata must not contradict.</param>
    /// <param name="given">Fields that the user gives himself: they are not looked for.</param>
    /// <exception cref="PoseBatchException">model_mismatch: they say that it cannot be run here, or contradict the tensors.</exception>
    public static ExportFacts? Of(string name, IReadOnlyDictionary<string, string> metadata, ModelTensors tensors, IEnumerable<string> given) =>
        SleapExport.Read(name, metadata, tensors) ?? UltralyticsExport.Read(name, metadata, tensors, given);

    /// <summary>Whether a network takes pictures of any width or height: else its tensor says the size.</summary>
    internal static bool HasFreeSize(ModelTensors tensors) => tensors.Inputs is [{ Dimensions: [_, _, <= 0, _] or [_, _, _, <= 0] }, ..];
}
