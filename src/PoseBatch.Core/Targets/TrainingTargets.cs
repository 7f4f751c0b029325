using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Targets;

/// <summary>What targets look like.</summary>
public sealed record TrainingTargetOptions
{
    /// <summary>The network's input in pixels.</summary>
    public required PixelSize Input { get; init; }

    /// <summary>Cells across and down; any number of them, also more than pixels.</summary>
    public required PixelSize Cells { get; init; }

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
/// each limb a field of unit vectors. Not thread-safe; drawing allocates only where a picture has more people than any before.
/// </summary>
public sealed class TrainingTargets
{
    private readonly GaussianTargets _heatmaps;
    private readonly PafTargets _fields;
    private readonly int _jointCount;
    private readonly int _limbCount;
    private (double X, double Y)[] _joints = [];

    /// <param name="options">Sizes and spreads.</param>
    /// <param name="jointCount">Joints per person.</param>
    /// <param name="limbs">Pairs of joints, in the order of the fields' channels; none for no fields.</param>
    /// <exception cref="ArgumentException">A size is below 1, or a spread is not above 0.</exception>
    public TrainingTargets(TrainingTargetOptions options, int jointCount, IReadOnlyList<(int From, int To)> limbs)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Sigma);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.LimbRadius);
        TargetReduction reduction = options.Averages ? TargetReduction.Area : TargetReduction.Linear;
        TargetGrid rows = new(options.Input.Height, options.Cells.Height, reduction), columns = new(options.Input.Width, options.Cells.Width, reduction);
        (Grid, _jointCount, _limbCount) = (options.Cells, jointCount, limbs.Count);
        _heatmaps = new(HeatmapChannels, rows, columns, new() { Sigma = options.Sigma });
        _fields = new(HeatmapChannels, [.. limbs], rows, columns, options.LimbRadius, options.LastLimbWins ? PafOverlap.LastDividedByCount : PafOverlap.Mean);
    }

    /// <summary>Limbs of OpenPose's COCO-18 with two channels each, in the order of its fields.</summary>
    public static IReadOnlyList<(int From, int To)> OpenPoseLimbs { get; } = [.. PafSkeleton.Coco18.Limbs
        .OrderBy(limb => limb.ChannelX).Select(limb => (limb.From, limb.To))];

    /// <summary>Cells across and down.</summary>
    public PixelSize Grid { get; }

    /// <summary>Heat maps: one per joint, then the background.</summary>
    public int HeatmapChannels => _jointCount + 1;

    /// <summary>Fields: x, then y of each limb.</summary>
    public int FieldChannels => 2 * _limbCount;

    /// <summary>Draws one picture.</summary>
    /// <param name="people">Joints in input pixels; those not found or at a negative place are left out.</param>
    /// <param name="heatmaps">Receives <see cref="HeatmapChannels"/> maps of rows of cells, 0 to 1.</param>
    /// <param name="fields">Receives <see cref="FieldChannels"/> maps; empty where fields are not wanted.</param>
    public void Draw(IReadOnlyList<Keypoint[]> people, Span<float> heatmaps, Span<float> fields)
    {
        // One slot more for each person, missing: the background's.
        int count = people.Count * HeatmapChannels;
        if (_joints.Length < count)
        {
            _joints = new (double, double)[count];
        }

        Span<(double X, double Y)> joints = _joints.AsSpan(0, count);
        joints.Fill((double.NaN, double.NaN));
        for (int person = 0; person < people.Count; person++)
        {
            for (int joint = 0; joint < _jointCount; joint++)
            {
                Keypoint place = people[person][joint];
                joints[(person * HeatmapChannels) + joint] = place.IsFound ? (place.X, place.Y) : (double.NaN, double.NaN);
            }
        }

        _heatmaps.Draw(joints, heatmaps);
        if (!fields.IsEmpty)
        {
            _fields.Draw(joints, fields);
        }
    }
}
