using Microsoft.ML.OnnxRuntime;
using PoseBatch.Onnx.Interop;

namespace PoseBatch.Onnx;

/// <summary>The inputs of a network that are the same in every run, in native memory.</summary>
internal sealed class ConstantInputs : IDisposable
{
    private readonly IReadOnlyList<ConstantPlan> _plans;
    private readonly List<NativeBuffer> _buffers = [];
    private readonly List<OrtValue> _values = [];

    /// <param name="plans">Their shapes and elements.</param>
    /// <param name="largest">Images of the largest run, so often the elements of one image are laid down.</param>
    public ConstantInputs(IReadOnlyList<ConstantPlan> plans, int largest)
    {
        _plans = plans;
        foreach (ConstantPlan plan in plans)
        {
            int length = plan.Bytes.Length;
            NativeBuffer buffer = new((long)plan.Copies(largest) * length);
            _buffers.Add(buffer);
            for (int copy = 0; copy < plan.Copies(largest); copy++)
            {
                plan.Bytes.CopyTo(buffer.DangerousSpan<byte>((long)copy * length, length));
            }
        }
    }

    /// <summary>The tensors for a run of so many images; valid while this lives.</summary>
    public IReadOnlyList<OrtValue> Tensors(int batch)
    {
        int first = _values.Count;
        for (int index = 0; index < _plans.Count; index++)
        {
            ConstantPlan plan = _plans[index];
            _values.Add(OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, plan.Type, plan.TensorShape(batch), _buffers[index].DangerousAddress,
                (long)plan.Copies(batch) * plan.Bytes.Length));
        }

        return _values[first..];
    }

    public void Dispose()
    {
        // Values hold addresses in the buffers.
        _values.ForEach(value => value.Dispose());
        _buffers.ForEach(buffer => buffer.Dispose());
    }
}
