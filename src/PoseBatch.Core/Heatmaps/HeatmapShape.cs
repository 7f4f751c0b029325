using PoseBatch.Models;

namespace PoseBatch.Heatmaps;

/// <summary>
/// Where the numbers of a stack of maps lie. Layout is a matter of strides, never of a transpose (docs/spec, 17), so one
/// parser reads both.
/// </summary>
/// <param name="Channels">Maps in the stack.</param>
/// <param name="Height">Rows of cells.</param>
/// <param name="Width">Cells per row.</param>
/// <param name="Layout">Nchw: one map after the other. Nhwc: all channels of a cell together.</param>
internal readonly record struct HeatmapShape(int Channels, int Height, int Width, TensorLayout Layout)
{
    /// <summary>Numbers in the stack.</summary>
    public int Count => Channels * Height * Width;

    /// <summary>Cells of one map.</summary>
    public int CellCount => Height * Width;

    /// <summary>From a cell to its right neighbour.</summary>
    public int StepX => Layout == TensorLayout.Nhwc ? Channels : 1;

    /// <summary>From a cell to the one below.</summary>
    public int StepY => StepX * Width;

    /// <summary>From a channel to the next one of the same cell.</summary>
    public int StepChannel => Layout == TensorLayout.Nhwc ? 1 : CellCount;

    /// <summary>Place of one number.</summary>
    public int this[int channel, int row, int column] => (channel * StepChannel) + (row * StepY) + (column * StepX);

    /// <summary>Place of one number, the cell given by its row-major index.</summary>
    public int this[int channel, int cell] => (channel * StepChannel) + (cell * StepX);
}
