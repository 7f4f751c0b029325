using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>
/// The second half of a top-down worker: cuts a crop around each person, whichever frame it is in, fills pose batches with
/// them, and carries the joints back to their frames.
/// </summary>
internal sealed class CropPoseEstimator : ICropPoseEstimator
{
    private readonly ModelInput _input;
    private readonly IInferenceBuffers _slot;
    private readonly OutputCheck _check;
    private readonly ICropParser _parser;
    private readonly TensorPacker _packer;
    private readonly PictureSampler _sampler;
    private readonly FrameFit _fit;
    private readonly double _boxScale;
    private readonly byte[] _border;
    private readonly byte[] _crop;
    private readonly AffineMap[] _inputToPicture;

    public CropPoseEstimator(IPoseModel pose, ICropParser parser)
    {
        ModelDescription model = pose.Description;
        _input = model.Input;
        _check = new(pose);
        _parser = parser;
        _packer = new(_input);
        _sampler = new(_input.Size.Width);
        _fit = new(_input.Size, _input.Size, _input.Size, 0, 0);
        _boxScale = model.DecoderNumber("box_scale");
        _border = [.. _input.Pad];
        _crop = new byte[_input.Size.Width * _input.Size.Height * 3];
        _inputToPicture = new AffineMap[pose.MaxBatch];
        _slot = pose.CreateBuffers();
    }

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<Frame> frames, ReadOnlySpan<FoundPerson> people)
    {
        while (!people.IsEmpty)
        {
            ReadOnlySpan<FoundPerson> batch = people[..Math.Min(people.Length, _inputToPicture.Length)];
            for (int i = 0; i < batch.Length; i++)
            {
                Frame frame = frames[batch[i].Slot];
                (AffineMap sampling, _inputToPicture[i]) = MapsOf(frame, batch[i].Box);
                _sampler.Crop(frame.Pixels, frame.Format.Size, sampling, _input.Size, _border, _crop);
                _packer.Pack(_crop, _fit, _slot.Input(i));
            }

            _slot.Run(batch.Length);
            for (int i = 0; i < batch.Length; i++)
            {
                _check.LookAtJoints(_slot, i, frames[batch[i].Slot].Outputs);
                Add(batch[i], frames[batch[i].Slot], i);
            }

            people = people[batch.Length..];
        }
    }

    public void Dispose() => _slot.Dispose();

    private void Add(FoundPerson person, Frame frame, int image)
    {
        AffineMap pictureToFrame = frame.Fit.MapFor(frame.Stamp.DisplaySize);
        Span<Keypoint> keypoints = frame.Poses.Add(0, person.Box.IsKnown ? Boxes.ToFrame(person.Box, pictureToFrame) : BoundingBox.None);
        _parser.Parse(_slot, image, keypoints);
        KeypointMath.ToFrame(keypoints, _inputToPicture[image].Then(pictureToFrame), PixelOrigin.Centre);

        // As COCO's top-down results are scored: a pose is as good as its joints and as certain as there is a person.
        frame.Poses.SetScore(frame.Poses.Count - 1, person.Score * KeypointMath.MeanScore(keypoints));
    }

    /// <summary>The two ways from the model input to the decoded picture: one cuts the crop, one carries its joints back.</summary>
    private (AffineMap Sampling, AffineMap Joints) MapsOf(Frame frame, BoundingBox box)
    {
        // People keep their shape where pixels are square, so the crop is laid out as a viewer sees the picture.
        double pixelAspect = frame.SampleAspectRatio.IsKnown ? frame.SampleAspectRatio.Value : 1;
        PixelSize picture = frame.Format.Size;

        // A whole frame is not enlarged: there is nothing around it, and a smaller person is harder to read.
        double scale = box.IsKnown ? _boxScale : 1;
        box = box.IsKnown ? box : new(0, 0, picture.Width, picture.Height);
        BoundingBox seen = new((float)(box.XMin * pixelAspect), box.YMin, (float)(box.XMax * pixelAspect), box.YMax);
        TopDownCrop crop = TopDownCrop.Around(seen, _input.Size, scale);
        if (_input.Resize == ResizeRule.Stretch)
        {
            crop = crop with { Width = seen.Width * scale, Height = seen.Height * scale };
        }

        // UDP parsers give cell / (cells - 1) * input, which is undone plainly; only the picture is sampled corner to corner.
        AffineMap seenToPicture = AffineMap.Scale(1 / pixelAspect, 1, 0, 0);
        AffineMap joints = crop.InputToFrame.Then(seenToPicture);
        return (_parser.IsUdp ? crop.FrameToInputUdp().Inverse().Then(seenToPicture) : joints, joints);
    }
}
