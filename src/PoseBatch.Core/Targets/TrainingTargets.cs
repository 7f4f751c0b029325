using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Targets;

/// <summary>What targets look like.</summary>
public sealed record TrainingTargetOptions
{
    /// <summary>The network's input in pixels; whole multiples of <see cref="Stride"/>.</summary>
    public required PixelSize Input { get; init; }

    /// <summary>Input pixels per cell, 1 or more.</summary>
    public required int Stride { get; init; }

    /// <summary>Spread of a joint's blob in input pixels. Default 8.</summary>
    public double Sigma { get; init; } = 8;

    /// <summary>Input pixels on both sides of a limb that belong to it. Default 8.</summary>
    public double LimbRadius { get; init; } = 8;

    /// <summary>True: a cell is the mean of its pixels. False (default): of its middle ones, a bilinear reduction.</summary>
    public bool Averages { get; init; }

    /// <summary>True: where limbs cross the last one counts, divided by their number, as tf-pose does. Default false: their mean.</summary>
    public bool LastLimbWins { get; init; }
}

/// <summary>
/// Draws what a bottom-up network is trained on (docs/spec, 11): one heat map per joint and one of the background, and for
/// each limb a field of unit vectors. Meant for preparing data: it allocates per picture.
/// </summary>
public sealed class TrainingTargets
{
    private readonly TrainingTargetOptions _options;
    private readonly TargetGrid _rows;
    private readonly TargetGrid _columns;
    private readonly int _jointCount;
    private readonly (int From, int To)[] _limbs;

    /// <param name="options">Sizes and spreads.</param>
    /// <param name="jointCount">Joints per person.</param>
    /// <param name="limbs">Pairs of joints, in the order of the fields' channels; none for no fields.</param>
    /// <exception cref="ArgumentException">The input is no whole number of cells, or a spread is not above 0.</exception>
    public TrainingTargets(TrainingTargetOptions options, int jointCount, IReadOnlyList<(int From, int To)> limbs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Stride, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Sigma);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.LimbRadius);
        TargetReduction reduction = options.Averages ? TargetReduction.Area : TargetReduction.Linear;
        _rows = new(options.Input.Height, options.Input.Height / options.Stride, reduction);
        _columns = new(options.Input.Width, options.Input.Width / options.Stride, reduction);
        (_options, _jointCount, _limbs) = (options, jointCount, [.. limbs]);
    }

    /// <summary>Limbs of OpenPose's COCO-18 with two channels each, in the order of its fields.</summary>
    public static IReadOnlyList<(int From, int To)> OpenPoseLimbs { get; } = [.. PafSkeleton.Coco18.Limbs
        .Zip(PafSkeleton.Coco18.Channels).OrderBy(limb => limb.Second).Select(limb => limb.First)];

    /// <summary>Cells across and down.</summary>
    public PixelSize Grid => new(_columns.Cells, _rows.Cells);

    /// <summary>Heat maps: one per joint, then the background.</summary>
    public int HeatmapChannels => _jointCount + 1;

    /// <summary>Fields: x, then y of each limb.</summary>
    public int FieldChannels => 2 * _limbs.Length;

    /// <summary>Draws one picture.</summary>
    /// <param name="people">Joints in input pixels; those not found or at a negative place are left out.</param>
    /// <param name="heatmaps">Receives <see cref="HeatmapChannels"/> maps of rows of cells, 0 to 1.</param>
    /// <param name="fields">Receives <see cref="FieldChannels"/> maps; empty where fields are not wanted.</param>
    public void Draw(IReadOnlyList<Keypoint[]> people, Span<float> heatmaps, Span<float> fields)
    {
        // One slot more for each person, missing: the background's.
        var joints = new (double X, double Y)[people.Count * HeatmapChannels];
        Array.Fill(joints, (double.NaN, double.NaN));
        for (int person = 0; person < people.Count; person++)
        {
            for (int joint = 0; joint < _jointCount; joint++)
            {
                Keypoint place = people[person][joint];
                joints[(person * HeatmapChannels) + joint] = place.IsFound ? (place.X, place.Y) : (double.NaN, double.NaN);
            }
        }

        ToPlanes(
            GaussianTargets.Draw(joints, HeatmapChannels, _rows, _columns, new() { Sigma = _options.Sigma }), HeatmapChannels, heatmaps);
        if (!fields.IsEmpty)
        {
            PafOverlap overlap = _options.LastLimbWins ? PafOverlap.LastDividedByCount : PafOverlap.Mean;
            ToPlanes(
                PafTargets.Draw(joints, HeatmapChannels, _limbs, _rows, _columns, _options.LimbRadius, overlap), FieldChannels, fields);
        }
    }

    private static void ToPlanes(ReadOnlySpan<float> cells, int channelCount, Span<float> planes)
    {
        int cellCount = cells.Length / channelCount;
        for (int cell = 0; cell < cellCount; cell++)
        {
            for (int channel = 0; channel < channelCount; channel++)
            {
                planes[(channel * cellCount) + cell] = cells[(cell * channelCount) + channel];
            }
        }
    }
}
