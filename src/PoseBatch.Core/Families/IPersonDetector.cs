using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>
/// Reads the people out of one image's outputs of a detector. Allocates nothing per frame and may keep scratch memory, so
/// each worker has its own.
/// </summary>
internal interface IPersonDetector
{
    /// <summary>How pictures become the network's input.</summary>
    DetectorPreparation Preparation { get; }

    /// <summary>Finds people.</summary>
    /// <param name="outputs">Where the outputs lie; read in place.</param>
    /// <param name="image">Index of the image in the last run.</param>
    /// <param name="modelToPicture">Model input pixels (pixel centres at integers) to picture pixels.</param>
    /// <param name="people">Cleared, then filled with boxes in picture pixels by falling score; they may reach outside.</param>
    void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people);
}

/// <summary>How a detector's pictures are prepared, beyond what <see cref="ModelInput"/> says.</summary>
internal enum DetectorPreparation
{
    /// <summary>Bilinear; the shorter side of a letterbox is rounded to the nearest pixel.</summary>
    Nearest,

    /// <summary>Bilinear; the shorter side of a letterbox is rounded down.</summary>
    Down,

    /// <summary>AlphaPose's way: bicubic, sides truncated (docs/spec, 5).</summary>
    AlphaPose,
}

/// <summary>Parsers of detectors.</summary>
internal static class PersonDetectors
{
    /// <summary>Makes the reader of a detector's outputs, for one worker.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: not a detector, or its outputs or parameters do not fit.</exception>
    public static IPersonDetector Create(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> outputShapes)
    {
        ParserContract contract = new(model, outputShapes);
        return contract.Family.CreateDetector?.Invoke(contract) ?? throw contract.Mismatch(
            $"is no detector that this version can read; those are of the families {ModelFamilies.Names(family => family.IsDetector, "and")}");
    }
}
