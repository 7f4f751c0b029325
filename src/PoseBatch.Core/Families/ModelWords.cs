using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>The words of a <c>model.json</c> and what they mean.</summary>
internal static class ModelWords
{
    /// <summary>Order of an output's dimensions.</summary>
    public static IReadOnlyDictionary<string, TensorLayout> Layouts { get; } = new OrderedDictionary<string, TensorLayout>
    {
        ["NCHW"] = TensorLayout.Nchw,
        ["NHWC"] = TensorLayout.Nhwc,
        ["plain"] = TensorLayout.Plain,
    };

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

    /// <summary>Whether red comes first.</summary>
    public static IReadOnlyDictionary<string, bool> ColourOrders { get; } = new OrderedDictionary<string, bool> { ["rgb"] = true, ["bgr"] = false };

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
