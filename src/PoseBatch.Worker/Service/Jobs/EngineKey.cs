using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>What an engine is loaded for: jobs that agree in it share batches.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Detector">Name of the detector; null for none.</param>
/// <param name="Provider">auto, cpu, cuda or tensorrt.</param>
/// <param name="Batch">Frames per model call; 0 is chosen.</param>
/// <param name="CropRegion">Whether each frame is looked at around the person of the frame before.</param>
internal readonly record struct EngineKey(string Model, string? Detector, string Provider, int Batch, bool CropRegion)
{
    /// <summary>What the files of the networks look like on disk (<see cref="ModelFolders.StampOf"/>): replaced ones are another kind.</summary>
    public string Stamp { get; init; } = string.Empty;

    /// <summary>The kind of a job that leaves everything to the settings, which name packages.</summary>
    public static EngineKey Of(Settings settings) =>
        new(settings.Models.Default, settings.Models.Detector, settings.Inference.Provider, settings.Inference.BatchSize, settings.Poses.CropRegion);

    /// <summary>The kind of a job with its defaults filled in; what an older version did not know of comes from the settings.</summary>
    public static EngineKey Of(JobSpec spec, Settings settings) => new(
        spec.Model.Name!, spec.Model.Detector, spec.Inference.Provider!, spec.Inference.Batch ?? 0, spec.Inference.CropRegion ?? settings.Poses.CropRegion);
}
