using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>One network that looks at whole frames, and its parser: pack, infer, parse.</summary>
/// <param name="model">The network; disposed with the estimator.</param>
public sealed class WholeFrameEstimator(IPoseModel model) : IPoseEstimator
{
    /// <inheritdoc/>
    public ModelDescription Description => model.Description;

    /// <inheritdoc/>
    public ProviderReport Provider => model.Provider;

    /// <inheritdoc/>
    public int MaxBatch => model.MaxBatch;

    /// <summary>RGB at the size the frame has inside the model's input: the decoder scales, so that only those bytes are moved.</summary>
    public FramePlacement PlacementFor(VideoInfo video)
    {
        FrameFit fit = FrameFit.For(video.DisplaySize, video.SampleAspectRatio, model.Description.Input.Size, model.Description.Input.Resize);
        return new(new(PixelLayout.Rgb24, fit.Fit), fit, video.SampleAspectRatio);
    }

    /// <inheritdoc/>
    public IEstimatorLane CreateLane() => new Worker(model);

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private sealed class Worker(IPoseModel model) : IEstimatorLane
    {
        private readonly IInferenceBuffers _slot = model.CreateBuffers();
        private readonly TensorPacker _packer = new(model.Description.Input);
        private readonly OutputCheck _check = new(model);
        private readonly IPoseParser _parser = PoseParsers.Create(model.Description, model.OutputShapes);

        public void Estimate(ReadOnlySpan<Frame> frames)
        {
            for (int i = 0; i < frames.Length; i++)
            {
                _packer.Pack(frames[i].Pixels, frames[i].Fit, _slot.Input(i));
            }

            _slot.Run(frames.Length);
            for (int i = 0; i < frames.Length; i++)
            {
                Frame frame = frames[i];
                _check.LookAtJoints(_slot, i, frame.Outputs);

                // The frame's own size: when it changes in mid-stream the decoder stretches to the first fit.
                _parser.Parse(_slot, i, frame.Fit.MapFor(frame.Stamp.DisplaySize), frame.Poses);
            }
        }

        public void Dispose() => _slot.Dispose();
    }
}
