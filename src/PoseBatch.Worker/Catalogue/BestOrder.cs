namespace PoseBatch.Worker.Catalogue;

/// <summary>Which of several installed networks is the best: names of packages, the best first (docs/models.md states the rule).</summary>
/// <param name="Models">Networks that find the 17 joints of COCO; the last one comes with the program.</param>
/// <param name="Detectors">Networks that find people for those that look at crops.</param>
internal sealed record BestOrder(IReadOnlyList<string> Models, IReadOnlyList<string> Detectors);
