using PoseBatch.Estimators;
using PoseBatch.Evaluation;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Onnx;
using PoseBatch.Onnx.Packages;
using PoseBatch.Onnx.Runtime;
using PoseBatch.Pipeline;
using PoseBatch.Video;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Analysis.Evaluation;

/// <summary>Finds the poses of single pictures as <c>process</c> does: the same decoder, estimator and parsers, no thresholds on top.</summary>
internal sealed class PictureEstimator : IDisposable
{
    private readonly FfmpegVideoDecoder _decoder;
    private readonly OnnxOptions _options;
    private readonly ModelPackage _pose;
    private readonly ModelPackage? _detector;
    private readonly ModelOverrides _overrides;
    private readonly BoxSource _boxes;
    private readonly FreeInput _free;
    private readonly Dictionary<PixelSize, Loaded> _loaded = [];

    /// <param name="settings">Model, detector, provider and decoder.</param>
    /// <param name="overrides">Fields of the descriptions that differ.</param>
    /// <param name="boxes">Where people come from.</param>
    /// <param name="free">Input sizes, where they follow the picture.</param>
    /// <exception cref="PoseBatchException">A package or ffmpeg is missing, or the two networks do not go together.</exception>
    public PictureEstimator(Settings settings, ModelOverrides overrides, BoxSource boxes, FreeInput free)
    {
        (_overrides, _boxes, _free) = (overrides, boxes, free);
        _decoder = ModelHost.OpenDecoder(settings);
        _ = _decoder.Tools;   // a missing ffmpeg stops here, not at every picture
        _options = new()
        {
            Provider = Enum.Parse<ProviderChoice>(settings.Inference.Provider, ignoreCase: true),
            Batch = settings.Inference.BatchSize,
            IntraOpThreads = settings.Inference.ThreadsPerRun,
        };
        _pose = overrides.Pose(ModelFolders.Package(settings, settings.Models.Default));
        _detector = settings.Models.Detector is { Length: > 0 } named ? overrides.Detector(ModelFolders.Package(settings, named)) : null;
        PoseEstimators.Check(_pose.Description, _detector?.Description);
        if (boxes == BoxSource.Annotations && _detector is not null)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"The detector '{_detector.Description.Name}' has nothing to find when the boxes are those of the annotations.",
                "Leave out --detector, or --boxes annotations.");
        }
    }

    /// <summary>The pose network.</summary>
    public ModelDescription Model => _pose.Description;

    /// <summary>The detector, or null.</summary>
    public ModelDescription? Detector => _detector?.Description;

    /// <summary>Finds the poses of one picture, or of the first frame of a video.</summary>
    /// <param name="path">Any file ffmpeg can decode.</param>
    /// <param name="image">Its id.</param>
    /// <param name="boxes">The people to look at, when those of the annotations are wanted.</param>
    /// <param name="outputs">Told, under that id, whether the networks gave numbers.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="PoseBatchException">The picture cannot be decoded.</exception>
    public async Task<IReadOnlyList<EstimatedPose>> EstimateAsync(
        string path, long image, IReadOnlyList<BoundingBox> boxes, NonFiniteOutputCounter outputs, CancellationToken cancellation)
    {
        VideoInfo video = await _decoder.ProbeAsync(path, null, cancellation);
        Loaded loaded = LoadedFor(video.DisplaySize);
        FramePlacement placement = _boxes == BoxSource.Annotations ? FramePlacement.Whole(video) : loaded.Estimator.PlacementFor(video);
        Frame frame = placement.NewFrame(Model.Skeleton.KeypointCount);
        await using (IVideoReader reader = _decoder.Open(video, placement.Format, cancellation))
        {
            if (!reader.TryRead(frame.Pixels, out FrameStamp stamp) || stamp.Status == FrameStatus.Undecodable)
            {
                throw new PoseBatchException(ReasonCode.DecodeFailed, $"{path} holds no picture that can be decoded.");
            }

            frame.Stamp = stamp;
        }

        if (_boxes == BoxSource.Annotations)
        {
            loaded.Boxes.Read(frame, [.. boxes]);
        }
        else
        {
            loaded.Worker.Estimate([frame]);
        }

        outputs.Add(frame, image);
        return [.. Enumerable.Range(0, frame.Poses.Count)
            .Select(person => new EstimatedPose(image, frame.Poses.Score(person), frame.Poses.Keypoints(person).ToArray()))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Loaded loaded in _loaded.Values)
        {
            loaded.Dispose();
        }
    }

    /// <summary>One loaded network for each input size; without a free input there is only one.</summary>
    private Loaded LoadedFor(PixelSize picture)
    {
        PixelSize? free = _free.For(picture, Model);
        PixelSize size = free ?? Model.Input.Size;
        if (!_loaded.TryGetValue(size, out Loaded? loaded))
        {
            loaded = new(OnnxModelLoader.Load(_overrides.Pose(_pose, free), _options), _detector is null ? null : OnnxModelLoader.Load(_detector, _options), _boxes);
            _loaded.Add(size, loaded);
        }

        return loaded;
    }

    private sealed class Loaded : IDisposable
    {
        private readonly IEstimatorLane? _worker;
        private readonly BoxPoseEstimator? _boxes;

        public Loaded(IPoseModel pose, IPoseModel? detector, BoxSource boxes)
        {
            Estimator = PoseEstimators.Create(pose, detector);
            if (boxes == BoxSource.Annotations)
            {
                _boxes = new(pose);
            }
            else
            {
                _worker = Estimator.CreateLane();
            }
        }

        public IPoseEstimator Estimator { get; }

        public IEstimatorLane Worker => _worker!;

        public BoxPoseEstimator Boxes => _boxes!;

        public void Dispose()
        {
            _worker?.Dispose();
            _boxes?.Dispose();
            Estimator.Dispose();
        }
    }
}
