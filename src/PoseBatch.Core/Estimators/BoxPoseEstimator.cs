using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>
/// Poses of people whose boxes somebody else has found: what an evaluation with the true boxes needs. A top-down network sees
/// its usual crops. A network for whole frames sees, for each box, the box enlarged by 1.25 and grown to the aspect of its
/// input, and its best pose there counts. Poses are scored by the mean of their joints' scores, as top-down results are; those
/// not found count 0. Belongs to one thread.
/// </summary>
public sealed class BoxPoseEstimator : IDisposable
{
    // As top-down networks are given people: docs/spec, 12.1.
    private const double WholeFrameBoxScale = 1.25;

    private readonly ICropPoseEstimator? _crops;
    private readonly FrameReader? _frames;
    private readonly List<FoundPerson> _people = [];

    /// <param name="pose">Any network that finds joints; not disposed with this.</param>
    /// <exception cref="PoseBatchException">model_mismatch: it finds boxes, not joints.</exception>
    public BoxPoseEstimator(IPoseModel pose)
    {
        PoseEstimators.Check(pose.Description, detector: null);
        if (ModelFamilies.Find(pose.Description.Family) is { IsTopDown: true })
        {
            _crops = CropPoseEstimators.Create(pose);
        }
        else
        {
            _frames = new(pose);
        }
    }

    /// <summary>
    /// Adds one pose per box to the frame's poses, in the order of the boxes; of the family <c>alphapose</c>, which merges poses
    /// that are one person, at most one per box.
    /// </summary>
    /// <param name="frame">RGB at full size; its <see cref="Frame.Fit"/> maps that picture to frame pixels.</param>
    /// <param name="boxes">Pixels of the picture, counted from its outer corner; may reach outside it.</param>
    public void Read(Frame frame, ReadOnlySpan<BoundingBox> boxes)
    {
        _people.Clear();
        foreach (BoundingBox box in boxes)
        {
            _people.Add(new(0, box, 1));
        }

        _crops?.Read([frame], System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_people));
        _frames?.Read(frame, boxes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _crops?.Dispose();
        _frames?.Dispose();
    }

    /// <summary>Shows a whole-frame network a part of the frame at a time.</summary>
    private sealed class FrameReader : IDisposable
    {
        private readonly ModelInput _input;
        private readonly IInferenceBuffers _slot;
        private readonly IPoseParser _parser;
        private readonly TensorPacker _packer;
        private readonly PictureSampler _sampler;
        private readonly FrameFit _fit;
        private readonly byte[] _border;
        private readonly byte[] _crop;
        private readonly FramePoses _found;
        private readonly OutputCheck _check;

        public FrameReader(IPoseModel pose)
        {
            _input = pose.Description.Input;
            _parser = PoseParsers.Create(pose.Description, pose.OutputShapes);
            _packer = new(_input);
            _sampler = new(_input.Size.Width);
            _fit = new(_input.Size, _input.Size, _input.Size, 0, 0);
            _border = [.. _input.Pad];
            _crop = new byte[_input.Size.Width * _input.Size.Height * 3];
            _found = new(pose.Description.Skeleton.KeypointCount);
            _check = new(pose);
            _slot = pose.CreateBuffers();
        }

        public void Read(Frame frame, ReadOnlySpan<BoundingBox> boxes)
        {
            AffineMap pictureToFrame = frame.Fit.MapFor(frame.Stamp.DisplaySize);
            foreach (BoundingBox box in boxes)
            {
                AffineMap inputToPicture = MapOf(box);
                _sampler.Crop(frame.Pixels, frame.Format.Size, inputToPicture, _input.Size, _border, _crop);
                _packer.Pack(_crop, _fit, _slot.Input(0));
                _slot.Run(1);
                _check.LookAtJoints(_slot, 0, frame.Outputs);
                _found.Clear();
                _parser.Parse(_slot, 0, inputToPicture.Then(pictureToFrame), _found);
                _found.Finish(float.NegativeInfinity, 1, 0);
                Span<Keypoint> keypoints = frame.Poses.Add(0, Boxes.ToFrame(box, pictureToFrame));
                if (_found.Count > 0)
                {
                    _found.Keypoints(0).CopyTo(keypoints);
                    frame.Poses.SetScore(frame.Poses.Count - 1, KeypointMath.MeanScore(keypoints));
                }
            }
        }

        public void Dispose() => _slot.Dispose();

        /// <summary>Input pixel centres to picture pixel centres: half-pixel sampling of the part, as a decoder scales a whole frame.</summary>
        private AffineMap MapOf(BoundingBox box)
        {
            TopDownCrop part = TopDownCrop.Around(box, _input.Size, WholeFrameBoxScale);
            double scaleX = part.Width / _input.Size.Width, scaleY = part.Height / _input.Size.Height;
            return AffineMap.Scale(
                scaleX, scaleY, part.CenterX - (part.Width / 2) + (scaleX / 2) - 0.5, part.CenterY - (part.Height / 2) + (scaleY / 2) - 0.5);
        }
    }
}
