using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>alphapose</c> (docs/spec, 7): one person's heat maps to joints. The branch <c>pytorch</c> leans when the peak has
/// neighbours on all sides and adds 0.2 cells; <c>master</c> leans one cell further inside and adds nothing.
/// </summary>
internal sealed class AlphaPoseParser
{
    private static readonly TopDownHeatmapOptions MasterPeaks = new() { Border = QuarterBorder.BothBeyondOne };

    private readonly int _output;

    public AlphaPoseParser(ParserContract contract)
    {
        (_output, Grid) = contract.Maps("heatmap", contract.Whole("map_count") is > 0 and int count ? count : contract.KeypointCount);
        IsMaster = contract.Word("branch") == "master";
        Nms = new()
        {
            Gamma = contract.Number("similarity_threshold"),
            MatchThreshold = contract.Whole("match_threshold"),
            ScoreThreshold = contract.Number("joint_threshold"),
            Shift = IsMaster ? 0 : new PoseNmsOptions().Shift,
        };
    }

    /// <summary>Whether the rules of the branch master hold.</summary>
    public bool IsMaster { get; }

    /// <summary>The maps.</summary>
    public HeatmapShape Grid { get; }

    /// <summary>How poses are merged.</summary>
    public PoseNmsOptions Nms { get; }

    /// <summary>Reads the joints of one crop.</summary>
    /// <param name="outputs">Where the outputs lie; read in place.</param>
    /// <param name="image">Index of the crop in the last run.</param>
    /// <param name="cellToPlace">Carries cells to wherever the joints are wanted.</param>
    /// <param name="keypoints">Receives K joints; <see cref="Keypoint.NotFound"/> where no value is above 0.</param>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap cellToPlace, Span<Keypoint> keypoints)
    {
        ReadOnlySpan<float> stack = outputs.Output(_output, image);
        if (IsMaster)
        {
            for (int joint = 0; joint < keypoints.Length; joint++)
            {
                keypoints[joint] = TopDownHeatmap.FindCell(new HeatmapPlane(stack, Grid, joint), MasterPeaks);
            }
        }
        else
        {
            AlphaPoseHeatmap.Parse(stack, Grid, keypoints);
        }

        KeypointMath.ToFrame(keypoints, cellToPlace, PixelOrigin.Centre);
    }
}
