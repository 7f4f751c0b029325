using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>The words of a <c>model.json</c> and what they mean.</summary>
internal static class ModelWords
{
    /// <summary>Order of an output's dimensions, and whether the batch is the last of them.</summary>
    public static IReadOnlyDictionary<string, (TensorLayout Layout, bool IsBatchLast)> Layouts { get; } = new OrderedDictionary<string, (TensorLayout, bool)>
    {
        ["NCHW"] = (TensorLayout.Nchw, false),
        ["NHWC"] = (TensorLayout.Nhwc, false),
        ["plain"] = (TensorLayout.Plain, false),
        ["CHWN"] = (TensorLayout.Nchw, true),
        ["HWCN"] = (TensorLayout.Nhwc, true),
        ["plain-batch-last"] = (TensorLayout.Plain, true),
    };

    /// <summary>The words for maps, or those for lists.</summary>
    public static IEnumerable<string> LayoutsOf(bool isMap) =>
        Layouts.Where(word => (word.Value.Layout != TensorLayout.Plain) == isMap).Select(word => word.Key);

    /// <summary>Order of the image's dimensions.</summary>
    public static IReadOnlyDictionary<string, TensorLayout> InputLayouts { get; } = new OrderedDictionary<string, TensorLayout>
    {
        ["NCHW"] = TensorLayout.Nchw,
        ["NHWC"] = TensorLayout.Nhwc,
    };

    /// <summary>Element type of the image.</summary>
    public static IReadOnlyDictionary<string, TensorType> InputTypes { get; } = new OrderedDictionary<string, TensorType>
    {
        ["float32"] = TensorType.Float32,
        ["float16"] = TensorType.Float16,
        ["uint8"] = TensorType.UInt8,
        ["int32"] = TensorType.Int32,
    };

    /// <summary>What the channels of the image are.</summary>
    public static IReadOnlyDictionary<string, ColourOrder> ColourOrders { get; } = new OrderedDictionary<string, ColourOrder>
    {
        ["rgb"] = ColourOrder.Rgb,
        ["bgr"] = ColourOrder.Bgr,
        ["grey"] = ColourOrder.Grey,
    };

    /// <summary>Element type of a constant.</summary>
    public static IReadOnlyDictionary<string, TensorType> ConstantTypes { get; } = new OrderedDictionary<string, TensorType>
    {
        ["float32"] = TensorType.Float32,
        ["int64"] = TensorType.Int64,
        ["int32"] = TensorType.Int32,
        ["bool"] = TensorType.Bool,
    };

    /// <summary>How a picture is fitted into the input.</summary>
    public static IReadOnlyDictionary<string, ResizeRule> ResizeRules { get; } = new OrderedDictionary<string, ResizeRule>
    {
        ["stretch"] = ResizeRule.Stretch,
        ["letterbox"] = ResizeRule.Letterbox,
        ["letterbox-top-left"] = ResizeRule.LetterboxTopLeft,
    };

    /// <summary>The word for a value.</summary>
    public static string Of<T>(IReadOnlyDictionary<string, T> words, T value) =>
        words.First(pair => EqualityComparer<T>.Default.Equals(pair.Value, value)).Key;
}
