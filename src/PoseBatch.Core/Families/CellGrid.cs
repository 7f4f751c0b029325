using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>The grid of maps that divide the input into cells of <c>stride</c> pixels, a parameter of the families that have one.</summary>
internal static class CellGrid
{
    /// <summary>Rows of the maps.</summary>
    public static AxisRule Rows { get; } = new("input height / stride", static model => model.Input.Size.Height / StrideOf(model));

    /// <summary>Columns of the maps.</summary>
    public static AxisRule Columns { get; } = new("input width / stride", static model => model.Input.Size.Width / StrideOf(model));

    /// <summary>The parameter.</summary>
    /// <param name="standard">Input pixels per cell.</param>
    public static DecoderParameter Stride(int standard) => DecoderParameter.Whole("stride", standard, 1, 64, "input pixels per cell");

    /// <summary>Input pixels per cell.</summary>
    public static int StrideOf(ModelDescription model) => (int)model.DecoderNumber("stride");

    /// <summary>Says so where the input is not a whole number of cells.</summary>
    public static IEnumerable<string> Problems(ModelDescription model)
    {
        int stride = StrideOf(model);
        if (model.Input.Size.Width % stride != 0 || model.Input.Size.Height % stride != 0)
        {
            yield return $"$.input: {model.Input.Size} is not a whole number of cells of stride {stride}";
        }
    }
}
