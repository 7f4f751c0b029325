using PoseBatch.Conversion.Source;

namespace PoseBatch.Conversion.Translation;

/// <summary>How TensorFlow lays a window over rows or columns: what is added on each side, and how many places it has.</summary>
/// <param name="Before">Added above or on the left.</param>
/// <param name="After">Added below or on the right.</param>
/// <param name="Count">Places of the window.</param>
internal readonly record struct WindowPadding(int Before, int After, int Count)
{
    /// <summary>By the attribute <c>padding</c> of an operation: SAME adds the odd one behind, VALID adds none, EXPLICIT says how much.</summary>
    /// <param name="node">The operation.</param>
    /// <param name="axis">1 for rows, 2 for columns.</param>
    /// <param name="length">Of that axis, cells.</param>
    /// <param name="window">Cells the window covers, its gaps included.</param>
    /// <param name="stride">Cells from one place to the next.</param>
    public static WindowPadding Of(SourceNode node, int axis, int length, int window, int stride)
    {
        (int before, int after) = node.Text("padding") switch
        {
            "SAME" => Halves(Math.Max((((length + stride - 1) / stride) - 1) * stride + window - length, 0)),
            "VALID" => (0, 0),
            "EXPLICIT" when node.Wholes("explicit_paddings") is { Count: 8 } given => ((int)given[2 * axis], (int)given[(2 * axis) + 1]),
            string other => throw ConversionFault.Of($"{node.Operator} '{node.Name}' has the padding '{other}', which is not known here."),
        };
        int count = length + before + after < window ? 0 : ((length + before + after - window) / stride) + 1;
        return count > 0
            ? new(before, after, count)
            : throw ConversionFault.Of($"{node.Operator} '{node.Name}' has a window of {window} on {length} cells.", "Choose a larger input.");
    }

    private static (int Before, int After) Halves(int total) => (total / 2, total - (total / 2));
}
