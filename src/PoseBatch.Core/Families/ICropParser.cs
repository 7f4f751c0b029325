using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Reads the one person of a crop. Allocates nothing per crop and may keep scratch memory, so each worker has its own.
/// </summary>
internal interface ICropParser
{
    /// <summary>True when the network was trained with unbiased crops, whose corners are pixel centres (docs/spec, 12.1).</summary>
    bool IsUdp { get; }

    /// <summary>Reads every joint, in pixels of the model input.</summary>
    /// <param name="outputs">Where the outputs lie; read in place.</param>
    /// <param name="image">Index of the crop in the last run.</param>
    /// <param name="keypoints">Receives K joints; <see cref="Keypoint.NotFound"/> where there is no evidence.</param>
    void Parse(IInferenceBuffers outputs, int image, Span<Keypoint> keypoints);
}

/// <summary>The register of top-down families, as <see cref="PoseParsers"/> is that of whole-frame families.</summary>
internal static class CropParsers
{
    /// <summary>Makes the parser of a top-down network, for one worker.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: not top-down, or its outputs or parameters do not fit.</exception>
    public static ICropParser Create(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> outputShapes)
    {
        ParserContract contract = new(model, outputShapes);
        return model.Family switch
        {
            "topdown-heatmap" => new HeatmapCropParser(contract),
            "simcc" => new SimCcCropParser(contract),
            _ => throw contract.Mismatch("is not top-down; the families that read crops are topdown-heatmap, simcc and alphapose"),
        };
    }
}

/// <summary>Family <c>topdown-heatmap</c> (docs/spec, 12.2).</summary>
internal sealed class HeatmapCropParser : ICropParser
{
    private readonly int _output;
    private readonly HeatmapShape _shape;
    private readonly int _width;
    private readonly int _height;
    private readonly TopDownHeatmapOptions _options;

    public HeatmapCropParser(ParserContract contract)
    {
        (_output, _shape) = contract.Maps("heatmap", contract.KeypointCount);
        (_width, _height) = (contract.Model.Input.Size.Width, contract.Model.Input.Size.Height);
        _options = new()
        {
            Refinement = contract.Word("refinement") switch
            {
                "none" => PeakRefinement.None,
                "dark" => PeakRefinement.Dark,
                "udp-dark" => PeakRefinement.UdpDark,
                _ => PeakRefinement.Quarter,
            },
        };
    }

    /// <inheritdoc/>
    public bool IsUdp => _options.Refinement == PeakRefinement.UdpDark;

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, Span<Keypoint> keypoints) =>
        TopDownHeatmap.Parse(outputs.Output(_output, image), _shape, _options, _width, _height, keypoints);
}

/// <summary>Family <c>simcc</c> (docs/spec, 12.3).</summary>
internal sealed class SimCcCropParser : ICropParser
{
    private readonly int _rowsX;
    private readonly int _rowsY;
    private readonly SimCcOptions _options;

    public SimCcCropParser(ParserContract contract)
    {
        double ratio = contract.Number("split_ratio");
        _rowsX = Rows(contract, "simcc_x", contract.Model.Input.Size.Width * ratio);
        _rowsY = Rows(contract, "simcc_y", contract.Model.Input.Size.Height * ratio);
        _options = new() { SplitRatio = ratio, Score = contract.Word("score") == "mean" ? SimCcScore.Mean : SimCcScore.Smaller };
    }

    /// <inheritdoc/>
    public bool IsUdp => false;

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, Span<Keypoint> keypoints) =>
        SimCc.Parse(outputs.Output(_rowsX, image), outputs.Output(_rowsY, image), _options, keypoints);

    private static int Rows(ParserContract contract, string role, double bins)
    {
        (int output, IReadOnlyList<int> shape, _) = contract.Output(role);
        return shape is [int joints, int length] && joints == contract.KeypointCount && length == (int)Math.Round(bins)
            ? output
            : throw contract.Mismatch(
                $"needs {contract.KeypointCount} rows of {(int)Math.Round(bins)} bins in the role '{role}' but gives [{string.Join(',', shape)}]");
    }
}
