using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>
/// One single-person network that looks at the part of each frame it is told, as MoveNet's own packages use it on video
/// (docs/spec, 9.3): around the person of the frame before. Frames come at full size, as the part is not known when they are decoded.
/// </summary>
/// <param name="model">The network; disposed with the estimator.</param>
public sealed class CropRegionEstimator(IPoseModel model) : IPoseEstimator
{
    /// <inheritdoc/>
    public ModelDescription Description => model.Description;

    /// <inheritdoc/>
    public ProviderReport Provider => model.Provider;

    /// <inheritdoc/>
    public int MaxBatch => model.MaxBatch;

    /// <inheritdoc/>
    public bool NeedsRegion => true;

    /// <inheritdoc/>
    public FramePlacement PlacementFor(VideoInfo video) => FramePlacement.Whole(video);

    /// <inheritdoc/>
    public IEstimatorLane CreateLane() => new Worker(model);

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    /// <summary>
    /// From pixels of the model input to pixels of the picture: the corners of the box are the centres of the outermost pixels.
    /// The same map cuts the picture and carries the joints back, so it undoes what really happened.
    /// </summary>
    internal static AffineMap InputToPicture(in NormalisedBox region, PixelSize input, PixelSize picture)
    {
        double lastX = picture.Width - 1, lastY = picture.Height - 1;
        return AffineMap.Scale(
            (region.XMax - region.XMin) * lastX / Math.Max(1, input.Width - 1),
            (region.YMax - region.YMin) * lastY / Math.Max(1, input.Height - 1),
            region.XMin * lastX, region.YMin * lastY);
    }

    private sealed class Worker(IPoseModel model) : IEstimatorLane
    {
        // What lies outside the frame is black, as in the reference, whatever the model's letterbox has.
        private static readonly byte[] Outside = [0, 0, 0];

        private readonly IInferenceBuffers _slot = model.CreateBuffers();
        private readonly PixelSize _size = model.Description.Input.Size;
        private readonly TensorPacker _packer = new(model.Description.Input);
        private readonly PictureSampler _sampler = new(model.Description.Input.Size.Width);
        private readonly byte[] _crop = new byte[model.Description.Input.Size.Width * model.Description.Input.Size.Height * 3];
        private readonly OutputCheck _check = new(model);
        private readonly IPoseParser _parser = PoseParsers.Create(model.Description, model.OutputShapes);

        public void Estimate(ReadOnlySpan<Frame> frames)
        {
            FrameFit whole = new(_size, _size, _size, 0, 0);
            for (int i = 0; i < frames.Length; i++)
            {
                Frame frame = frames[i];
                _sampler.Crop(frame.Pixels, frame.Format.Size, InputToPicture(frame.Region, _size, frame.Format.Size), _size, Outside, _crop);
                _packer.Pack(_crop, whole, _slot.Input(i));
            }

            _slot.Run(frames.Length);
            for (int i = 0; i < frames.Length; i++)
            {
                Frame frame = frames[i];
                _check.LookAtJoints(_slot, i, frame.Outputs);
                AffineMap inputToFrame = InputToPicture(frame.Region, _size, frame.Format.Size).Then(frame.Fit.MapFor(frame.Stamp.DisplaySize));
                _parser.Parse(_slot, i, inputToFrame, frame.Poses);
            }
        }

        public void Dispose() => _slot.Dispose();
    }
}
