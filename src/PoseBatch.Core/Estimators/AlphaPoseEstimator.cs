using System.Runtime.InteropServices;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>
/// AlphaPose from boxes to people (docs/spec, 6 to 8): a crop around each box, heat maps read with the quarter shift, poses
/// that are one person found and merged by parametric pose NMS, and the proposal score.
/// </summary>
/// <remarks>
/// Poses are merged within a frame, in pixels of the decoded picture, so the grouping into batches changes nothing. Where pixels
/// are not square, crops are laid out and distances measured as a viewer sees the picture.
/// </remarks>
internal sealed class AlphaPoseEstimator : ICropPoseEstimator
{
    private readonly ModelInput _input;
    private readonly IInferenceBuffers _slot;
    private readonly OutputCheck _check;
    private readonly AlphaPoseParser _parser;
    private readonly PoseNms _nms;
    private readonly FramePoses _merged;
    private readonly int _jointCount;
    private readonly float[] _mean;
    private readonly float[] _std;
    private readonly AlphaPoseView[] _views;
    private BoundingBox[] _boxes = new BoundingBox[16];
    private float[] _scores = new float[16];
    private Keypoint[] _poses;

    public AlphaPoseEstimator(IPoseModel pose, AlphaPoseParser parser)
    {
        _input = pose.Description.Input;
        _check = new(pose);
        _parser = parser;
        _nms = new(_parser.Nms);
        _jointCount = pose.Description.Skeleton.KeypointCount;
        _merged = new(_jointCount);
        _mean = [.. _input.Mean];
        _std = [.. _input.Std];
        _views = new AlphaPoseView[pose.MaxBatch];
        _poses = new Keypoint[16 * _jointCount];
        _slot = pose.CreateBuffers();
    }

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<Frame> frames, ReadOnlySpan<FoundPerson> people)
    {
        MakeRoom(people.Length);
        for (int first = 0; first < people.Length; first += _views.Length)
        {
            ReadBatch(frames, people.Slice(first, Math.Min(_views.Length, people.Length - first)), first);
        }

        // Frame by frame: people stand together in the order of their frames.
        for (int first = 0; first < people.Length;)
        {
            int slot = people[first].Slot, end = first;
            while (end < people.Length && people[end].Slot == slot)
            {
                end++;
            }

            Merge(frames[slot], first, end - first, people[first].Box.IsKnown);
            first = end;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slot.Dispose();

    private void ReadBatch(ReadOnlySpan<Frame> frames, ReadOnlySpan<FoundPerson> batch, int first)
    {
        for (int i = 0; i < batch.Length; i++)
        {
            Frame frame = frames[batch[i].Slot];
            _views[i] = AlphaPoseView.Of(frame, batch[i].Box, _input.Size, _parser.IsMaster);
            (_boxes[first + i], _scores[first + i]) = (_views[i].Person, batch[i].Score);

            // The border is the mean colour, so that it is 0 for the network.
            CropSampler.Sample(
                frame.Pixels, frame.Format.Size, _views[i].Window, _views[i].InputToPicture, _input.Size, _mean, _mean, _std,
                MemoryMarshal.Cast<byte, float>(_slot.Input(i)));
        }

        _slot.Run(batch.Length);
        for (int i = 0; i < batch.Length; i++)
        {
            _check.LookAtJoints(_slot, i, frames[batch[i].Slot].Outputs);
            Span<Keypoint> keypoints = _poses.AsSpan((first + i) * _jointCount, _jointCount);
            _parser.Parse(_slot, i, keypoints);
            KeypointMath.ToFrame(keypoints, _views[i].CellToSeen(_parser.Grid), PixelOrigin.Centre);
        }
    }

    private void Merge(Frame frame, int first, int count, bool hasBoxes)
    {
        _merged.Clear();
        _nms.Run(_boxes.AsSpan(first, count), _scores.AsSpan(first, count), _poses.AsSpan(first * _jointCount, count * _jointCount), _merged);
        AffineMap pictureToFrame = frame.Fit.MapFor(frame.Stamp.DisplaySize);
        AffineMap seenToPicture = AlphaPoseView.SeenToPicture(frame), seenToFrame = seenToPicture.Then(pictureToFrame);
        for (int person = 0; person < _merged.Count; person++)
        {
            BoundingBox box = _merged.Box(person);
            BoundingBox inPicture = box with { XMin = (float)(box.XMin * seenToPicture.M11), XMax = (float)(box.XMax * seenToPicture.M11) };
            Span<Keypoint> keypoints = frame.Poses.Add(
                _merged.Score(person), hasBoxes ? Boxes.ToFrame(inPicture, pictureToFrame) : BoundingBox.None);
            _merged.Keypoints(person).CopyTo(keypoints);
            KeypointMath.ToFrame(keypoints, seenToFrame, PixelOrigin.Centre);
        }
    }

    private void MakeRoom(int count)
    {
        if (_scores.Length < count)
        {
            int capacity = Math.Max(count, 2 * _scores.Length);
            _boxes = new BoundingBox[capacity];
            _scores = new float[capacity];
            _poses = new Keypoint[capacity * _jointCount];
        }
    }
}
