using System.Diagnostics;
using PoseBatch.Ffmpeg;
using PoseBatch.Inference;
using PoseBatch.Jobs;
using PoseBatch.Onnx;
using PoseBatch.Onnx.Packages;
using PoseBatch.Parquet.Results;
using PoseBatch.Pipeline;
using PoseBatch.Video;
using PoseBatch.Worker.Configuration;

namespace PoseBatch.Worker;

/// <summary>The one place that puts the parts together: decoder, model, engine and store, as the settings say.</summary>
internal sealed class Workshop : IAsyncDisposable
{
    // One frame of 1280x720 H.264 on one core, measured: the measure for how much of the machine decoding needs.
    private const double TypicalDecodeSeconds = 0.002;

    private readonly Settings _settings;
    private readonly IVideoDecoder _decoder;
    private readonly OnnxPoseModel _model;
    private readonly WholeFrameEstimator _estimator;

    private Workshop(Settings settings, IVideoDecoder decoder, OnnxPoseModel model, WholeFrameEstimator estimator, InferenceEngine engine)
    {
        (_settings, _decoder, _model, _estimator, Engine) = (settings, decoder, model, estimator, engine);
    }

    /// <summary>Runs the model.</summary>
    public InferenceEngine Engine { get; }

    /// <summary>Loads and warms up the model and starts its workers.</summary>
    /// <exception cref="PoseBatchException">Something every video needs is missing.</exception>
    public static Workshop Open(Settings settings)
    {
        FfmpegVideoDecoder decoder = OpenDecoder(settings);
        _ = decoder.Tools;   // a missing ffmpeg stops here, not at every video
        OnnxPoseModel model = OpenModel(settings);
        WholeFrameEstimator estimator = new(model);
        try
        {
            int workers = settings.Inference.Workers > 0 ? settings.Inference.Workers : WorkersFor(model, settings.Inference.ThreadsPerRun);
            return new Workshop(settings, decoder, model, estimator, new InferenceEngine(estimator, workers));
        }
        catch
        {
            estimator.Dispose();
            throw;
        }
    }

    /// <summary>The decoder alone.</summary>
    public static FfmpegVideoDecoder OpenDecoder(Settings settings) => new FfmpegVideoDecoder(new FfmpegOptions
    {
        FfmpegPath = settings.Decode.FfmpegPath,
        FfprobePath = settings.Decode.FfprobePath,
        DecodeThreads = settings.Decode.Threads,
        StallTimeout = TimeSpan.FromSeconds(settings.Decode.StallSeconds),
        MaxPixels = settings.Decode.MaxPixels,
    });

    /// <summary>The model alone, warmed up.</summary>
    public static OnnxPoseModel OpenModel(Settings settings)
    {
        ModelPackage package = Catalog(settings).Resolve(settings.Models.Default);
        return OnnxModelLoader.Load(package, new OnnxOptions
        {
            Provider = Enum.Parse<ProviderChoice>(settings.Inference.Provider, ignoreCase: true),
            Batch = settings.Inference.BatchSize,
            IntraOpThreads = settings.Inference.ThreadsPerRun,
        });
    }

    /// <summary>
    /// How many workers share the cores best with a decoder. A light network on two cores leaves one to ffmpeg: a second worker
    /// would bring no more frames, only 10 % more CPU time. A heavy one takes all. On a GPU one worker packs while one infers.
    /// </summary>
    internal static int WorkersFor(double secondsPerImage, int cores)
    {
        double share = secondsPerImage / (secondsPerImage + TypicalDecodeSeconds);
        return Math.Clamp((int)Math.Round(cores * share), 1, cores);
    }

    private static int WorkersFor(OnnxPoseModel model, int threadsPerRun)
    {
        if (model.Provider.Name != "cpu")
        {
            return 2;
        }

        using IInferenceSlot slot = model.CreateSlot();
        double fastest = double.MaxValue;
        for (int run = 0; run < 2; run++)
        {
            long since = Stopwatch.GetTimestamp();
            slot.Run(model.MaxBatch);
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(since).TotalSeconds / model.MaxBatch);
        }

        return WorkersFor(fastest, Math.Max(1, Environment.ProcessorCount / threadsPerRun));
    }

    /// <summary>The model folders, for the verbs that list, inspect and add.</summary>
    public static ModelStore Models(Settings settings) => new(Catalog(settings));

    /// <summary>The folder that receives new packages.</summary>
    public static string ModelsRoot(Settings settings) => Home(settings.Models.Root);

    /// <summary>Says on standard error what runs, and in the log why nothing better does.</summary>
    public void SayWhatRuns(bool quiet)
    {
        ProviderReport provider = _model.Provider;
        if (!quiet)
        {
            System.Console.Error.WriteLine($"{_model.Description.Name} on {provider.Name} ({provider.Runtime}, {provider.Device}), {Engine.WorkerCount} workers, batch up to {_model.MaxBatch}");
            if (_model.BatchNote is { } note)
            {
                System.Console.Error.WriteLine(note);
            }
        }

        if (_settings.Inference.Provider == "auto")
        {
            foreach (ProviderRefusal refused in provider.Refused)
            {
                Log.ProviderRefused(Logging.Logger, refused.Provider, refused.Reason);
            }
        }
    }

    /// <summary>A runner of jobs over these parts.</summary>
    public JobRunner Runner() => new(
        _decoder,
        Engine,
        new ParquetResultStore(),
        (video, cancellation) => _settings.Output.FullHash ? SourceFingerprint.Full(video.Path, cancellation) : SourceFingerprint.Fast(video.Path),
        TimeProvider.System);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _estimator.Dispose();
    }

    private static ModelCatalog Catalog(Settings settings) => new(
        [ModelsRoot(settings), Path.Combine(AppContext.BaseDirectory, "models")],
        [.. settings.Models.Descriptions.Select(folder => Path.Combine(AppContext.BaseDirectory, folder))]);

    private static string Home(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..].TrimStart('/'))
        : Path.GetFullPath(path);
}
