using PoseBatch.Conversion.Source;

namespace PoseBatch.Conversion.Translation;

/// <summary>Works out the sizes that a graph computes from the sizes of its maps, such as twice the rows and columns of one.</summary>
internal static class ShapeArithmetic
{
    /// <summary>The whole numbers an operation gives; null when it is not about whole numbers that are known.</summary>
    /// <param name="node">The operation.</param>
    /// <param name="wholes">What has been worked out so far, by tensor.</param>
    /// <param name="pictures">The maps so far, by tensor.</param>
    /// <param name="constants">Constants of the graph.</param>
    public static int[]? Of(
        SourceNode node,
        IReadOnlyDictionary<string, int[]> wholes,
        IReadOnlyDictionary<string, Picture> pictures,
        IReadOnlyDictionary<string, SourceTensor> constants)
    {
        if (node.Operator == "Shape")
        {
            return node.Inputs is [string one] && pictures.TryGetValue(one, out Picture? picture)
                ? [1, picture.Rows, picture.Columns, picture.Channels]
                : null;
        }

        int[]?[] inputs = [.. node.Inputs.Select(input => wholes.GetValueOrDefault(input) ?? constants.GetValueOrDefault(input)?.Integers)];
        return (node.Operator, inputs) switch
        {
            ("StridedSlice", [{ } all, [int from], [int to], [1]]) => Slice(node, all, from, to),
            ("Mul", [{ } left, { } right]) => Product(left, right),
            ("Pack", [..]) when inputs.All(part => part is [_]) => [.. inputs.Select(part => part![0])],
            _ => null,
        };
    }

    private static int[]? Slice(SourceNode node, int[] all, int from, int to)
    {
        int begin = (node.Whole("begin_mask", 0) & 1) != 0 ? 0 : from < 0 ? from + all.Length : from;
        int end = (node.Whole("end_mask", 0) & 1) != 0 ? all.Length
            : (node.Whole("shrink_axis_mask", 0) & 1) != 0 ? begin + 1
            : to < 0 ? to + all.Length : Math.Min(to, all.Length);
        return begin >= 0 && begin <= end && end <= all.Length ? all[begin..end] : null;
    }

    private static int[]? Product(int[] left, int[] right) =>
        left.Length == right.Length ? [.. left.Zip(right, (a, b) => checked(a * b))]
        : right.Length == 1 ? [.. left.Select(a => checked(a * right[0]))]
        : left.Length == 1 ? [.. right.Select(b => checked(left[0] * b))]
        : null;
}
