using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>The first half of a top-down worker: letterboxes full-size frames into the detector and reads its boxes.</summary>
internal sealed class PersonDetectorStage : IDisposable
{
    // A box of less than a pixel holds no person, and a crop around it would be one colour.
    private const float LeastSide = 1;

    private readonly ModelInput _input;
    private readonly IInferenceBuffers _slot;
    private readonly OutputCheck _check;
    private readonly IPersonDetector _parser;
    private readonly TensorPacker _packer;
    private readonly PictureSampler _sampler;
    private readonly byte[] _picture;
    private readonly List<Detection> _boxes = [];

    public PersonDetectorStage(IPoseModel detector)
    {
        _input = detector.Description.Input;
        _check = new(detector);
        _parser = PersonDetectors.Create(detector.Description, detector.OutputShapes);
        _packer = new(_input);
        _sampler = new(_input.Size.Width);
        _picture = new byte[_input.Size.Width * _input.Size.Height * 3];
        _slot = detector.CreateBuffers();
    }

    /// <summary>Finds the people of 1 to MaxBatch frames.</summary>
    /// <param name="frames">Full-size RGB frames.</param>
    /// <param name="people">Appended: frame by frame, in each by falling score; boxes clipped to the picture.</param>
    public void Find(ReadOnlySpan<Frame> frames, List<FoundPerson> people)
    {
        for (int slot = 0; slot < frames.Length; slot++)
        {
            FrameFit fit = FitOf(frames[slot]);
            if (IsAlphaPose)
            {
                BicubicResize.Resize(frames[slot].Pixels, frames[slot].Format.Size, _picture, fit.Fit);
            }
            else
            {
                _sampler.Resize(frames[slot].Pixels, frames[slot].Format.Size, fit.Fit, _picture);
            }

            _packer.Pack(_picture, fit, _slot.Input(slot));
        }

        _slot.Run(frames.Length);
        for (int slot = 0; slot < frames.Length; slot++)
        {
            _check.LookAtPeople(_slot, slot, frames[slot].Outputs);
            _parser.Detect(_slot, slot, FitOf(frames[slot]).ModelToFrame, _boxes);
            foreach (Detection found in _boxes)
            {
                BoundingBox box = Clip(found.Box, frames[slot].Format.Size);
                if (box.Width >= LeastSide && box.Height >= LeastSide)
                {
                    people.Add(new(slot, box, found.Score));
                }
            }
        }
    }

    public void Dispose() => _slot.Dispose();

    private bool IsAlphaPose => _parser.Preparation == DetectorPreparation.AlphaPose;

    private SideRounding Rounding => _parser.Preparation == DetectorPreparation.Down ? SideRounding.Down : SideRounding.Nearest;

    // AlphaPose truncates sizes where others round, and knows only square pixels.
    private FrameFit FitOf(Frame frame) => IsAlphaPose && frame.SampleAspectRatio is not { IsKnown: true, Value: not 1 }
        ? DetectorLetterbox.AlphaPose(frame.Format.Size, _input.Size.Width)
        : FrameFit.For(frame.Format.Size, frame.SampleAspectRatio, _input.Size, _input.Resize, Rounding);

    /// <summary>As mmpose does: its networks were trained with boxes that end at the picture's edge. A NaN stays one.</summary>
    private static BoundingBox Clip(BoundingBox box, PixelSize picture) => new(
        Math.Clamp(box.XMin, 0, picture.Width), Math.Clamp(box.YMin, 0, picture.Height),
        Math.Clamp(box.XMax, 0, picture.Width), Math.Clamp(box.YMax, 0, picture.Height));
}
