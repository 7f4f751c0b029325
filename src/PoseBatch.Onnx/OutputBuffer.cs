using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Onnx.Interop;

namespace PoseBatch.Onnx;

/// <summary>
/// One output of one worker, as floats. Floats of a fixed length are read where the network writes them; half floats and integers are
/// converted after the run, what has another length in every run is copied, and where the batch is last it is brought to the front.
/// </summary>
internal sealed class OutputBuffer : IDisposable
{
    private readonly OutputPlan _plan;
    private readonly NativeBuffer? _native;
    private float[] _floats = [];
    private float[] _turned = [];
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
            _floats = plan.Type == TensorElementType.Float && !plan.IsBatchLast ? [] : new float[batch * _length];
        }
    }

    private int BytesPerImage => checked(_plan.Length * ByteCount(_plan.Type));

    /// <summary>Whether elements of that type can be read.</summary>
    public static bool CanRead(TensorElementType type) =>
        type is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.Int32 or TensorElementType.Int64;

    /// <summary>The memory of the first images, to bind; valid while this lives.</summary>
    public OrtValue Tensor(int batch) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, _plan.Type, _plan.TensorShape(batch), _native!.DangerousAddress, (long)batch * BytesPerImage);

    /// <summary>After a run that wrote here: makes floats of it, image by image.</summary>
    /// <param name="count">Images that are wanted.</param>
    /// <param name="batch">Images the network ran.</param>
    public void Convert(int count, int batch)
    {
        if (_floats.Length > 0)
        {
            // Where the batch is last, every image lies all over the tensor.
            int images = _plan.IsBatchLast ? batch : count;
            Convert(_native!.DangerousSpan<byte>(0, images * BytesPerImage), _floats);
            Turn(batch);
        }
    }

    /// <summary>Takes over what a run gave.</summary>
    /// <returns>False when the batch is not where it should be.</returns>
    public bool Copy(OrtValue value, int batch)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (OutputPlan.AxesOf(info.Shape, batch, _plan.IsBatchLast) is null || info.ElementDataType != _plan.Type)
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
            Turn(batch);
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

    // Brings the batch from the last place to the first.
    private void Turn(int batch)
    {
        if (!_plan.IsBatchLast || batch == 1)
        {
            return;
        }

        if (_turned.Length < _floats.Length)
        {
            _turned = new float[_floats.Length];
        }

        for (int image = 0; image < batch; image++)
        {
            Span<float> turned = _turned.AsSpan(image * _length, _length);
            for (int i = 0; i < turned.Length; i++)
            {
                turned[i] = _floats[(i * batch) + image];
            }
        }

        (_floats, _turned) = (_turned, _floats);
    }

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
