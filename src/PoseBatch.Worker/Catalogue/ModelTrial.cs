using System.Globalization;
using PoseBatch.Estimators;
using PoseBatch.Families;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Geometry;
using PoseBatch.Imaging;
using PoseBatch.Models;
using PoseBatch.Onnx;
using PoseBatch.Onnx.Packages;
using PoseBatch.Onnx.Runtime;
using PoseBatch.Video;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>Runs a network once before it is installed: on one picture of the clip that comes with the program.</summary>
internal static class ModelTrial
{
    // The figure of the clip walks in; here it stands in full.
    private const int PictureIndex = 60;

    /// <summary>Loads the network, runs it, and looks at what it gives.</summary>
    /// <returns>What came of it, as a sentence.</returns>
    /// <exception cref="PoseBatchException">It does not load, does not fit its description, or gives no numbers.</exception>
    public static async Task<string> RunAsync(ModelPackage package, Settings settings, CancellationToken cancellation)
    {
        using OnnxPoseModel model = OnnxModelLoader.Load(package, new OnnxOptions { Batch = 1 });
        FfmpegVideoDecoder decoder = ModelHost.OpenDecoder(settings);
        try
        {
            _ = decoder.Tools;
        }
        catch (PoseBatchException missing)
        {
            return $"runs; not tried on a picture, which takes ffmpeg: {missing.Message}";
        }

        VideoInfo video = await decoder.ProbeAsync(ShippedFiles.DemoClip, null, cancellation);
        EnsureNumbers(model, await PictureAsync(decoder, video, model.Description, cancellation));
        if (ModelFamilies.Find(model.Description.Family) is { IsDetector: true })
        {
            return "runs, and gives numbers for a picture";
        }

        int people = await PeopleAsync(decoder, video, model, cancellation);
        return string.Create(CultureInfo.InvariantCulture, $"runs; people found in a picture of one: {people}");
    }

    private static void EnsureNumbers(OnnxPoseModel model, Frame frame)
    {
        using IInferenceBuffers slot = model.CreateBuffers();
        new TensorPacker(model.Description.Input).Pack(frame.Pixels, frame.Fit, slot.Input(0));
        slot.Run(1);
        for (int output = 0; output < model.Description.Outputs.Count; output++)
        {
            foreach (float value in slot.Output(output, 0))
            {
                if (!float.IsFinite(value))
                {
                    throw new PoseBatchException(
                        ReasonCode.ModelMismatch,
                        $"The network '{model.Description.Name}' gives NaN or infinity in '{model.Description.Outputs[output].Name}' for a plain picture.",
                        "It is damaged, or mean and std of its description are wrong. Nothing was installed.");
                }
            }
        }
    }

    private static Task<Frame> PictureAsync(FfmpegVideoDecoder decoder, VideoInfo video, ModelDescription model, CancellationToken cancellation)
    {
        FrameFit fit = FrameFit.For(video.DisplaySize, video.SampleAspectRatio, model.Input.Size, model.Input.Resize);
        // A detector has no joints, but a frame has room for one at least.
        Frame frame = new(new FrameFormat(PixelLayout.Rgb24, fit.Fit), Math.Max(1, model.Skeleton.KeypointCount)) { Fit = fit };
        return ReadAsync(decoder, video, frame, cancellation);
    }

    private static async Task<int> PeopleAsync(FfmpegVideoDecoder decoder, VideoInfo video, OnnxPoseModel model, CancellationToken cancellation)
    {
        // Not disposed: it would take the network with it, which is the caller's.
        IPoseEstimator estimator = PoseEstimators.Create(model, null);
        Frame frame = await ReadAsync(decoder, video, estimator.PlacementFor(video).NewFrame(model.Description.Skeleton.KeypointCount), cancellation);
        using IEstimatorLane worker = estimator.CreateLane();
        worker.Estimate([frame]);
        return Enumerable.Range(0, frame.Poses.Count).Count(person => frame.Poses.Score(person) >= model.Description.MinPersonScore);
    }

    private static async Task<Frame> ReadAsync(FfmpegVideoDecoder decoder, VideoInfo video, Frame frame, CancellationToken cancellation)
    {
        await using IVideoReader reader = decoder.Open(video, frame.Format, cancellation);
        for (int index = 0; reader.TryRead(frame.Pixels, out FrameStamp stamp); index++)
        {
            if (index == PictureIndex)
            {
                frame.Stamp = stamp;
                return frame;
            }
        }

        throw new PoseBatchException(ReasonCode.DecodeFailed, $"{ShippedFiles.DemoClip} could not be decoded.", "Install the program again.");
    }
}
