using PoseBatch.Geometry;

namespace PoseBatch.Video;

/// <summary>How all frames of a video come: what the decoder delivers, how that sits in the network's input, and the way back.</summary>
/// <param name="Format">Layout and size of the pixels.</param>
/// <param name="Fit">How they sit in the input.</param>
/// <param name="SampleAspectRatio">Width over height of one pixel; unknown counts as square.</param>
public readonly record struct FramePlacement(FrameFormat Format, FrameFit Fit, Rational SampleAspectRatio)
{
    /// <summary>
    /// RGB at full size, as it is: of an estimator that cuts out what it looks at. <see cref="FrameFit.MapFor"/> then only undoes a change of
    /// size in mid-stream.
    /// </summary>
    public static FramePlacement Whole(VideoInfo video)
    {
        ArgumentNullException.ThrowIfNull(video);
        return new(new(PixelLayout.Rgb24, video.DisplaySize), new(video.DisplaySize, video.DisplaySize, video.DisplaySize, 0, 0), video.SampleAspectRatio);
    }

    /// <summary>Makes such a frame.</summary>
    /// <param name="keypointCount">Joints per person of the model that will look at it.</param>
    public Frame NewFrame(int keypointCount) => new(Format, keypointCount) { Fit = Fit, SampleAspectRatio = SampleAspectRatio };
}
