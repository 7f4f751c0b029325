using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Onnx.Interop;

namespace PoseBatch.Onnx;

/// <summary>
/// One output of one worker, as floats. Floats of a fixed length are read where the network writes them; half floats and integers are
/// converted after the run, and what has another length in every run is copied.
/// </summary>
internal sealed class OutputBuffer : IDisposable
{
    private readonly OutputPlan _plan;
    private readonly NativeBuffer? _native;
    private float[] _floats = [];
    private int _length;

    /// <param name="plan">Type and shape of one image.</param>
    /// <param name="batch">Images of the largest run.</param>
    /// <param name="isBound">Whether the network is to write here; otherwise <see cref="Copy"/> takes what it gives.</param>
    public OutputBuffer(OutputPlan plan, int batch, bool isBound)
    {
        _plan = plan;
        _length = plan.Length;
        if (isBound)
        {
            _native = new NativeBuffer((long)batch * BytesPerImage);
            _floats = plan.Type == TensorElementType.Float ? [] : new float[batch * _length];
        }
    }

    private int BytesPerImage => checked(_plan.Length * ByteCount(_plan.Type));

    /// <summary>Whether elements of that type can be read.</summary>
    public static bool CanRead(TensorElementType type) =>
        type is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.Int32 or TensorElementType.Int64;

    /// <summary>The memory of the first images, to bind; valid while this lives.</summary>
    public OrtValue Tensor(int batch)
    {
        long[] dimensions = [batch, .. _plan.Shape.Select(length => (long)length)];
        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, _plan.Type, dimensions, _native!.DangerousAddress, (long)batch * BytesPerImage);
    }

    /// <summary>After a run that wrote here: makes floats of it.</summary>
    public void Convert(int count)
    {
        if (_floats.Length > 0)
        {
            Convert(_native!.DangerousSpan<byte>(0, count * BytesPerImage), _floats);
        }
    }

    /// <summary>Takes over what a run gave.</summary>
    /// <returns>False when its first dimension is not the batch.</returns>
    public bool Copy(OrtValue value, int batch)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (info.Shape is not [long first, ..] || first != batch || info.ElementDataType != _plan.Type)
        {
            return false;
        }

        int count = checked((int)info.ElementCount);
        _length = count / batch;
        if (_floats.Length < count)
        {
            _floats = new float[count];
        }

        if (count > 0)
        {
            Convert(value.GetTensorMutableRawData(), _floats);
        }

        return true;
    }

    /// <summary>The numbers of one image of the last run.</summary>
    public ReadOnlySpan<float> Image(int image) => _native is not null && _floats.Length == 0
        ? _native.DangerousSpan<float>((long)image * _length, _length)
        : _floats.AsSpan(image * _length, _length);

    public void Dispose() => _native?.Dispose();

    private static int ByteCount(TensorElementType type) => type switch
    {
        TensorElementType.Float16 => sizeof(ushort),
        TensorElementType.Int64 => sizeof(long),
        _ => sizeof(float),
    };

    private void Convert(ReadOnlySpan<byte> bytes, Span<float> floats)
    {
        switch (_plan.Type)
        {
            case TensorElementType.Float16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (int i = 0; i < halves.Length; i++)
                {
                    floats[i] = (float)halves[i];
                }

                break;
            case TensorElementType.Int32:
                ReadOnlySpan<int> integers = MemoryMarshal.Cast<byte, int>(bytes);
                for (int i = 0; i < integers.Length; i++)
                {
                    floats[i] = integers[i];
                }

                break;
            case TensorElementType.Int64:
                ReadOnlySpan<long> longs = MemoryMarshal.Cast<byte, long>(bytes);
                for (int i = 0; i < longs.Length; i++)
                {
                    floats[i] = longs[i];
                }

                break;
            default:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(floats);
                break;
        }
    }
}
