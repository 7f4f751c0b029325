using PoseBatch.Estimators;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Models;
using PoseBatch.Onnx;
using PoseBatch.Onnx.Packages;
using PoseBatch.Onnx.Runtime;
using PoseBatch.Pipeline;
using PoseBatch.Results.Format;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Worker.Hosting;

/// <summary>The one place that puts the parts together: decoder, model, engine and store, as the settings say.</summary>
internal sealed class ModelHost : IAsyncDisposable
{
    private readonly Settings _settings;
    private readonly IVideoDecoder _decoder;
    private readonly LoadedModels _models;
    private readonly IPoseEstimator _estimator;

    private ModelHost(Settings settings, IVideoDecoder decoder, LoadedModels models, IPoseEstimator estimator, InferenceEngine engine)
    {
        (_settings, _decoder, _models, _estimator, Engine) = (settings, decoder, models, estimator, engine);
    }

    /// <summary>Runs the model.</summary>
    public InferenceEngine Engine { get; }

    /// <summary>Loads and warms up the model, with its detector if there is one, and starts the workers.</summary>
    /// <exception cref="PoseBatchException">Something every video needs is missing.</exception>
    public static ModelHost Open(Settings settings)
    {
        FfmpegVideoDecoder decoder = OpenDecoder(settings);
        _ = decoder.Tools;   // a missing ffmpeg stops here, not at every video
        LoadedModels models = OpenModels(settings);
        IPoseEstimator estimator = PoseEstimators.Create(models.Pose, models.Detector, settings.Poses.CropRegion);
        try
        {
            int workers = settings.Inference.Workers > 0 ? settings.Inference.Workers : InferenceSizing.WorkersFor(models, settings.Inference.ThreadsPerRun);
            return new ModelHost(settings, decoder, models, estimator, new InferenceEngine(estimator, workers));
        }
        catch
        {
            estimator.Dispose();
            throw;
        }
    }

    /// <summary>The decoder alone.</summary>
    public static FfmpegVideoDecoder OpenDecoder(Settings settings) => new(FfmpegOptionsOf(settings));

    /// <summary>How ffmpeg runs.</summary>
    public static FfmpegOptions FfmpegOptionsOf(Settings settings) => new()
    {
        FfmpegPath = settings.Decode.FfmpegPath,
        FfprobePath = settings.Decode.FfprobePath,
        DecodeThreads = settings.Decode.Threads,
        StallTimeout = TimeSpan.FromSeconds(settings.Decode.StallSeconds),
        MaxPixels = settings.Decode.MaxPixels,
        Launcher = SelfLauncher.Of(settings),
    };

    /// <summary>The model and its detector, if one is named, warmed up.</summary>
    public static LoadedModels OpenModels(Settings settings)
    {
        ModelCatalog catalog = ModelFolders.Catalog(settings);
        ModelPackage pose = catalog.Resolve(settings.Models.Default);
        ModelPackage? detector = settings.Models.Detector is { Length: > 0 } named ? catalog.Resolve(named) : null;
        PoseEstimators.Check(pose.Description, detector?.Description);   // before either is loaded
        if (settings.Poses.CropRegion)
        {
            PoseEstimators.CheckCropRegion(pose.Description);
        }

        OnnxOptions options = new()
        {
            Provider = Enum.Parse<ProviderChoice>(settings.Inference.Provider, ignoreCase: true),
            Batch = settings.Inference.BatchSize,
            IntraOpThreads = settings.Inference.ThreadsPerRun,
        };
        OnnxPoseModel? finder = detector is null ? null : OnnxModelLoader.Load(detector, options);
        try
        {
            return new(OnnxModelLoader.Load(pose, options), finder);
        }
        catch
        {
            finder?.Dispose();
            throw;
        }
    }

    /// <summary>What runs, for people: a line with model, provider and sizes, and one for each matter of batches.</summary>
    public IEnumerable<string> Description
    {
        get
        {
            ProviderReport provider = _models.Pose.Provider;
            string people = _models.Detector is { } finder ? $"{finder.Description.Name} and " : string.Empty;
            string line = $"{people}{_models.Pose.Description.Name} on {provider.Name} ({provider.Runtime}, {provider.Device}), {Engine.WorkerCount} workers, batch up to {_estimator.MaxBatch}";
            return new[] { line, Caution, _models.Detector?.BatchNote, _models.Pose.BatchNote }.OfType<string>();
        }
    }

    /// <summary>Why no better provider runs; empty when one was asked for by name.</summary>
    public IReadOnlyList<ProviderRefusal> Refusals => _settings.Inference.Provider == "auto" ? _models.Pose.Provider.Refused : [];

    /// <summary>What runs, in a few words: model and provider.</summary>
    public string Runs => $"{(_models.Detector is { } finder ? $"{finder.Description.Name} + " : string.Empty)}{_models.Pose.Description.Name} on {_models.Pose.Provider.Name}";

    /// <summary>What whoever runs the model should know; null for nothing.</summary>
    public string? Caution => _models.Pose.Description.CautionSentence;

    /// <summary>Where results live.</summary>
    public static IResultStore OpenResults() => new ParquetResultStore();

    /// <summary>A runner of jobs over these parts.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="moved">Called now and then while a whole source is hashed.</param>
    public VideoRun Runner(TimeProvider clock, Action? moved = null) => new(
        _decoder,
        Engine,
        OpenResults(),
        (video, cancellation) => _settings.Output.FullHash ? SourceFingerprint.Full(video.Path, cancellation, moved) : SourceFingerprint.Fast(video.Path),
        clock);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _estimator.Dispose();
    }
}
