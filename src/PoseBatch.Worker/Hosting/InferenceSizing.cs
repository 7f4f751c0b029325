using System.Diagnostics;
using PoseBatch.Models;
using PoseBatch.Onnx;

namespace PoseBatch.Worker.Hosting;

/// <summary>How many workers run a network.</summary>
internal static class InferenceSizing
{
    // One frame of 1280x720 H.264 on one core, measured: the measure for how much of the machine decoding needs.
    private const double TypicalDecodeSeconds = 0.002;

    /// <summary>
    /// How many workers leave the decoder its share of the cores: with a light network on two cores one, with a heavy one all.
    /// Where decoding is cheap, more are faster (docs/operations.md, sizing).
    /// </summary>
    /// <param name="secondsPerImage">Of one worker.</param>
    /// <param name="cores">At least 1.</param>
    public static int WorkersFor(double secondsPerImage, int cores)
    {
        double share = secondsPerImage / (secondsPerImage + TypicalDecodeSeconds);
        return Math.Clamp((int)Math.Round(cores * share), 1, cores);
    }

    /// <summary>The same for loaded networks, which are run to measure them. A frame costs at least one run of each. On a GPU one worker packs while one infers.</summary>
    public static int WorkersFor(LoadedModels models, int threadsPerRun)
    {
        if (models.Pose.Provider.Name != "cpu")
        {
            return 2;
        }

        double seconds = SecondsPerImage(models.Pose) + (models.Detector is { } detector ? SecondsPerImage(detector) : 0);
        return WorkersFor(seconds, Math.Max(1, Environment.ProcessorCount / threadsPerRun));
    }

    private static double SecondsPerImage(OnnxPoseModel model)
    {
        using IInferenceBuffers buffers = model.CreateBuffers();
        double fastest = double.MaxValue;
        for (int run = 0; run < 2; run++)
        {
            long since = Stopwatch.GetTimestamp();
            buffers.Run(model.MaxBatch);
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(since).TotalSeconds / model.MaxBatch);
        }

        return fastest;
    }
}
