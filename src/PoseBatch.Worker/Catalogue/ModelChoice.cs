using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>The packages that a word for a model means.</summary>
/// <param name="Name">What finds joints: the name of a package, a folder or a file.</param>
/// <param name="Detector">What finds people for it, likewise; null for none.</param>
/// <param name="Reason">Why these, a sentence for people; null where they were named.</param>
internal sealed record ModelChoice(string Name, string? Detector, string? Reason = null)
{
    /// <summary>The settings that name these packages.</summary>
    public Settings Over(Settings settings) => settings with { Models = settings.Models with { Default = Name, Detector = Detector } };
}
