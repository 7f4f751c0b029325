using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Family <c>topdown-heatmap</c>: one heat map per joint on a person crop (docs/spec, 12.2).</summary>
internal sealed class TopDownHeatmapParser : ICropParser
{
    /// <summary>What a top-down family lets its crops be enlarged by.</summary>
    internal static DecoderParameter BoxScale { get; } =
        DecoderParameter.Number("box_scale", 1.25, 1, 4, "by how much a person box is enlarged before cropping");

    /// <summary>Top-down heat maps.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "topdown-heatmap",
        Summary = "one heat map per joint on a person crop",
        Roles = [OutputRole.Map("heatmap", AxisRule.PerJoint(1), "one channel per joint, about 0 to 1")],
        Parameters =
        [
            CellGrid.Stride(4),
            DecoderParameter.Word("refinement", "quarter", ["none", "quarter", "dark", "udp-dark"], "how a peak is placed between cells"),
            BoxScale,
        ],
        Rules = CellGrid.Problems,
        CreateCropParser = static contract => new TopDownHeatmapParser(contract),
    };

    private readonly int _output;
    private readonly HeatmapShape _shape;
    private readonly int _width;
    private readonly int _height;
    private readonly TopDownHeatmapOptions _options;

    public TopDownHeatmapParser(ParserContract contract)
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
