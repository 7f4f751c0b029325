using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Reads the one person of a crop. Allocates nothing per crop and may keep scratch memory, so each worker has its own.
/// </summary>
internal interface ICropParser
{
    /// <summary>True when the network was trained with unbiased crops, whose corners are pixel centres (docs/spec, 12.1).</summary>
    bool IsUdp => false;

    /// <summary>Reads every joint, in pixels of the model input.</summary>
    /// <param name="outputs">Where the outputs lie; read in place.</param>
    /// <param name="image">Index of the crop in the last run.</param>
    /// <param name="keypoints">Receives K joints; <see cref="Keypoint.NotFound"/> where there is no evidence.</param>
    void Parse(IInferenceBuffers outputs, int image, Span<Keypoint> keypoints);
}

/// <summary>Parsers of top-down families.</summary>
internal static class CropParsers
{
    /// <summary>Makes the parser of a top-down network, for one worker.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: not top-down, or its outputs or parameters do not fit.</exception>
    public static ICropParser Create(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> outputShapes)
    {
        ParserContract contract = new(model, outputShapes);
        return contract.Family.CreateCropParser?.Invoke(contract) ?? throw contract.Mismatch(
            $"is not top-down; the families that read crops are {ModelFamilies.Names(family => family.IsTopDown, "and")}");
    }
}
