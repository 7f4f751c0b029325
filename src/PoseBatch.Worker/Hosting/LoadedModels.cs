using PoseBatch.Onnx;

namespace PoseBatch.Worker.Hosting;

/// <summary>The networks of one run.</summary>
/// <param name="Pose">Finds joints.</param>
/// <param name="Detector">Finds people; null for none.</param>
internal sealed record LoadedModels(OnnxPoseModel Pose, OnnxPoseModel? Detector) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Detector?.Dispose();
        Pose.Dispose();
    }
}
