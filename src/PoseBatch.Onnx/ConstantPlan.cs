using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Models;

namespace PoseBatch.Onnx;

/// <summary>An input that is the same in every run.</summary>
/// <param name="Name">Tensor name.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Lengths; -1, only as the first, is the batch.</param>
/// <param name="Bytes">The elements of one image.</param>
internal sealed record ConstantPlan(string Name, TensorElementType Type, IReadOnlyList<int> Shape, byte[] Bytes)
{
    /// <summary>What model.json says, in the memory of the network's type.</summary>
    /// <param name="constant">Float32, Int64, Int32 or Bool.</param>
    /// <param name="input">The image input, whose size a value may mean.</param>
    public static ConstantPlan Of(ModelConstant constant, ModelInput input)
    {
        IReadOnlyList<double> numbers = constant.Numbers(input.Size);
        (TensorElementType type, byte[] bytes) = constant.Type switch
        {
            TensorType.Float32 => (TensorElementType.Float, BytesOf([.. numbers.Select(number => (float)number)])),
            TensorType.Int64 => (TensorElementType.Int64, BytesOf([.. numbers.Select(number => (long)number)])),
            TensorType.Int32 => (TensorElementType.Int32, BytesOf([.. numbers.Select(number => (int)number)])),
            TensorType.Bool => (TensorElementType.Bool, BytesOf([.. numbers.Select(number => number != 0)])),
            _ => throw new ArgumentOutOfRangeException(nameof(constant), constant.Type, "Not a type of constant PoseBatch can feed."),
        };
        return new(constant.Name, type, constant.Shape, bytes);
    }

    /// <summary>The shape of the tensor for a run of so many images.</summary>
    public long[] TensorShape(int batch) => [.. Shape.Select(length => length < 0 ? (long)batch : length)];

    /// <summary>How often the elements of one image stand in it.</summary>
    public int Copies(int batch) => Shape is [-1, ..] ? batch : 1;

    private static byte[] BytesOf<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
