using PoseBatch.Models;

namespace PoseBatch.Imaging;

/// <summary>Mean and factor (1 / std) of a model input, spread over lanes in the orders the vector loops need.</summary>
internal sealed class Normalisation
{
    private const int LaneCount = 16;

    private readonly float[] _means = new float[3];
    private readonly float[] _factors = new float[3];
    private readonly float[] _planarMeans = new float[3 * LaneCount];
    private readonly float[] _planarFactors = new float[3 * LaneCount];
    private readonly float[] _interleavedMeans = new float[3 * LaneCount];
    private readonly float[] _interleavedFactors = new float[3 * LaneCount];

    public Normalisation(ModelInput input)
    {
        for (int colour = 0; colour < 3; colour++)
        {
            // Grey has one number, for the one channel.
            int number = Math.Min(colour, input.ChannelCount - 1);
            _means[colour] = input.Mean[number];
            _factors[colour] = 1f / input.Std[number];
        }

        for (int lane = 0; lane < 3 * LaneCount; lane++)
        {
            int planar = lane / LaneCount;
            int interleaved = input.ColourOrder == ColourOrder.Rgb ? lane % 3 : 2 - (lane % 3);
            (_planarMeans[lane], _planarFactors[lane]) = (_means[planar], _factors[planar]);
            (_interleavedMeans[lane], _interleavedFactors[lane]) = (_means[interleaved], _factors[interleaved]);
        }
    }

    /// <summary>16 times red, 16 times green, 16 times blue.</summary>
    public ReadOnlySpan<float> PlanarMeans => _planarMeans;

    /// <inheritdoc cref="PlanarMeans"/>
    public ReadOnlySpan<float> PlanarFactors => _planarFactors;

    /// <summary>16 times the three colours in the tensor's order.</summary>
    public ReadOnlySpan<float> InterleavedMeans => _interleavedMeans;

    /// <inheritdoc cref="InterleavedMeans"/>
    public ReadOnlySpan<float> InterleavedFactors => _interleavedFactors;

    /// <summary>Mean of a colour: 0 red, 1 green, 2 blue.</summary>
    public float Mean(int colour) => _means[colour];

    /// <summary>1 / std of a colour.</summary>
    public float Factor(int colour) => _factors[colour];
}
