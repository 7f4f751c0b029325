using System.Diagnostics;
using System.Globalization;
using PoseBatch.Estimators;
using PoseBatch.Ffmpeg;
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
    // One frame of 1280x720 H.264 on one core, measured: the measure for how much of the machine decoding needs.
    private const double TypicalDecodeSeconds = 0.002;

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
            int workers = settings.Inference.Workers > 0 ? settings.Inference.Workers : WorkersFor(models, settings.Inference.ThreadsPerRun);
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
        ModelCatalog catalog = Catalog(settings);
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

    /// <summary>
    /// How many workers leave the decoder its share of the cores: with a light network on two cores one, with a heavy one all.
    /// Where decoding is cheap, more are faster (docs/operations.md, sizing). On a GPU one worker packs while one infers.
    /// </summary>
    internal static int WorkersFor(double secondsPerImage, int cores)
    {
        double share = secondsPerImage / (secondsPerImage + TypicalDecodeSeconds);
        return Math.Clamp((int)Math.Round(cores * share), 1, cores);
    }

    // A frame costs at least one run of each network.
    private static int WorkersFor(LoadedModels models, int threadsPerRun) => models.Pose.Provider.Name != "cpu"
        ? 2
        : WorkersFor(
            SecondsPerImage(models.Pose) + (models.Detector is { } detector ? SecondsPerImage(detector) : 0),
            Math.Max(1, Environment.ProcessorCount / threadsPerRun));

    private static double SecondsPerImage(OnnxPoseModel model)
    {
        using IInferenceBuffers slot = model.CreateBuffers();
        double fastest = double.MaxValue;
        for (int run = 0; run < 2; run++)
        {
            long since = Stopwatch.GetTimestamp();
            slot.Run(model.MaxBatch);
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(since).TotalSeconds / model.MaxBatch);
        }

        return fastest;
    }

    /// <summary>The package that a word means, found and read but not loaded.</summary>
    public static ModelPackage Package(Settings settings, string model) => Catalog(settings).Resolve(model);

    /// <summary>Path, size and time of change of a model's network and description: another stamp, another model.</summary>
    /// <exception cref="PoseBatchException">model_missing.</exception>
    public static string StampOf(Settings settings, string model)
    {
        string network = Catalog(settings).Locate(model);
        return string.Concat(new[] { network, Path.Combine(Path.GetDirectoryName(network)!, ModelCatalog.DescriptionFile) }.Select(path => new FileInfo(path)).Select(file =>
            string.Create(CultureInfo.InvariantCulture, $"{file.FullName}|{(file.Exists ? file.Length : -1)}|{(file.Exists ? file.LastWriteTimeUtc.Ticks : 0)}\n")));
    }

    /// <summary>Where the package lies that a word means; nothing of it is read.</summary>
    /// <exception cref="PoseBatchException">model_missing.</exception>
    public static string Locate(Settings settings, string model) => Catalog(settings).Locate(model);

    /// <summary>The model folders, for the verbs that list, inspect and add.</summary>
    public static ModelStore Models(Settings settings) => new(Catalog(settings));

    /// <summary>The folder that receives new packages.</summary>
    public static string ModelsRoot(Settings settings) => Home(settings.Models.Root);

    /// <summary>What runs, for people: a line with model, provider and sizes, and one for each matter of batches.</summary>
    public IEnumerable<string> Description
    {
        get
        {
            ProviderReport provider = _models.Pose.Provider;
            string people = _models.Detector is { } finder ? $"{finder.Description.Name} and " : string.Empty;
            string line = $"{people}{_models.Pose.Description.Name} on {provider.Name} ({provider.Runtime}, {provider.Device}), {Engine.WorkerCount} workers, batch up to {_estimator.MaxBatch}";
            return new[] { line, _models.Detector?.BatchNote, _models.Pose.BatchNote }.OfType<string>();
        }
    }

    /// <summary>Why no better provider runs; empty when one was asked for by name.</summary>
    public IReadOnlyList<ProviderRefusal> Refusals => _settings.Inference.Provider == "auto" ? _models.Pose.Provider.Refused : [];

    /// <summary>What runs, in a few words: model and provider.</summary>
    public string Runs => $"{(_models.Detector is { } finder ? $"{finder.Description.Name} + " : string.Empty)}{_models.Pose.Description.Name} on {_models.Pose.Provider.Name}";

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

    /// <summary>The folders whose sub-folders are model packages.</summary>
    public static IReadOnlyList<string> ModelFolders(Settings settings) => [ModelsRoot(settings), Path.Combine(AppContext.BaseDirectory, "models")];

    private static ModelCatalog Catalog(Settings settings) => new(
        ModelFolders(settings),
        [.. settings.Models.Descriptions.Select(folder => Path.Combine(AppContext.BaseDirectory, folder))]);

    private static string Home(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..].TrimStart('/'))
        : Path.GetFullPath(path);
}
