using PoseBatch.Onnx.Packages;

namespace PoseBatch.Worker.Catalogue;

/// <summary>
/// The first network of the catalogue's order that is installed; one that looks at crops only where there is a detector for it.
/// </summary>
/// <param name="catalogue">Has the order.</param>
/// <param name="installed">What is installed.</param>
internal sealed class BestNetwork(NetworkCatalogue catalogue, ModelCatalog installed)
{
    /// <summary>Chooses, and says why; the last network of the order, which comes with the program, where there is none of the others.</summary>
    /// <param name="asked">The detector that was asked for: then only networks that take one come into question. Null for none.</param>
    /// <param name="usual">The detector of the settings, which networks for whole pictures do without; null for none.</param>
    public ModelChoice Choose(string? asked, string? usual)
    {
        BestOrder order = catalogue.Best;
        string? detector = asked ?? usual ?? order.Detectors.FirstOrDefault(installed.Has);
        string[] present = [.. order.Models.Where(installed.Has)];
        string name = present.FirstOrDefault(one => TakesDetector(one) ? detector is not null : asked is null) ?? order.Models[^1];
        string? without = detector is null ? present.FirstOrDefault(TakesDetector) : null;
        string? with = TakesDetector(name) ? detector : asked;
        string why = EntryOf(name) is { } entry
            ? $"the most accurate network that is installed ({entry.Published ?? entry.Measured})"
            : $"no {(asked is null ? "network of the catalogue" : "network that takes a detector")} is installed ('posebatch models get recommended' fetches a good one)";
        string passedOver = without is null
            ? string.Empty
            : $"; {without} is better, but there is no detector for it ('posebatch models get {order.Detectors[0]}' fetches one)";
        return new(name, with, $"{NamedModels.Best} is {name}{(with is null ? string.Empty : $" with {with}")}: {why}{passedOver}.");
    }

    private bool TakesDetector(string name) => EntryOf(name)?.Persons == "one per box";

    private CatalogueEntry? EntryOf(string name) => catalogue.Models.FirstOrDefault(entry => entry.Name == name);
}
