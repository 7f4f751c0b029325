using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Worker.Analysis.Evaluation;

/// <summary>Which people a network is shown.</summary>
internal enum BoxSource
{
    /// <summary>What the estimator finds by itself or with its detector.</summary>
    Estimator,

    /// <summary>The boxes of the annotations.</summary>
    Annotations,
}

/// <summary>The input size of a network for pictures of many proportions, where the network leaves it free.</summary>
/// <param name="LongSide">Longer side in pixels; null when another side is given.</param>
/// <param name="Height">Height in pixels; null when another side is given.</param>
internal sealed record FreeInput(int? LongSide, int? Height)
{
    // What fully convolutional networks with five halvings and a skip need at the least, whatever the stride of their output.
    private const int LeastMultiple = 16;

    /// <summary>The input nearest to the picture's own proportions that the family allows; null when no side is given.</summary>
    public PixelSize? For(PixelSize picture, ModelDescription model)
    {
        double? scale = LongSide is { } side ? (double)side / Math.Max(picture.Width, picture.Height)
            : Height is { } height ? (double)height / picture.Height
            : null;
        return scale is { } ratio ? new PixelSize(Valid(picture.Width * ratio, model), Valid(picture.Height * ratio, model)) : null;
    }

    // PoseNet's grids begin and end on a pixel: a multiple of the stride, plus one (docs/spec, 3).
    private static int Valid(double pixels, ModelDescription model)
    {
        int stride = model.Decoder.ContainsKey("stride") ? (int)model.DecoderNumber("stride") : LeastMultiple;
        return ModelFamilies.Find(model.Family) is { AlignsCorners: true }
            ? Math.Max(1, (int)Math.Floor(pixels / stride)) * stride + 1
            : Math.Max(1, (int)Math.Floor((pixels / Math.Max(stride, LeastMultiple)) + 0.5)) * Math.Max(stride, LeastMultiple);
    }
}
