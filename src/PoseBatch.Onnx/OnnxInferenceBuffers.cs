using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Models;
using PoseBatch.Onnx.Interop;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>
/// One worker's native tensors and one binding per batch size, all made at once so that a run allocates nothing managed.
/// </summary>
internal sealed class OnnxInferenceBuffers : IInferenceBuffers
{
    private readonly SharedSession _session;
    private readonly SessionPlan _plan;
    private readonly RunOptions _runOptions = new();
    private readonly List<OrtValue> _values = [];
    private readonly OrtIoBinding[] _bindings;
    private readonly NativeBuffer _input;
    private readonly NativeBuffer[] _outputs;
    private int _count;
    private bool _isDisposed;

    /// <summary>Takes a share in the session, which lives until the last slot is gone.</summary>
    public OnnxInferenceBuffers(SharedSession session, SessionPlan plan)
    {
        session.AddReference();
        _session = session;
        _plan = plan;
        _bindings = new OrtIoBinding[plan.FixedBatch is null ? plan.MaxBatch : 1];
        _outputs = new NativeBuffer[plan.OutputNames.Count];
        try
        {
            int batch = plan.FixedBatch ?? plan.MaxBatch;
            _input = new NativeBuffer((long)batch * plan.InputBytesPerImage);
            for (int output = 0; output < _outputs.Length; output++)
            {
                _outputs[output] = new NativeBuffer((long)batch * plan.OutputFloatsPerImage[output] * sizeof(float));
            }

            for (int index = 0; index < _bindings.Length; index++)
            {
                _bindings[index] = Bind(plan.FixedBatch ?? (index + 1));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Span<byte> Input(int image)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)image, (uint)_plan.MaxBatch, nameof(image));
        return _input.DangerousSpan<byte>((long)image * _plan.InputBytesPerImage, _plan.InputBytesPerImage);
    }

    public void Run(int count)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _plan.MaxBatch);
        _count = 0;
        if (_plan.FixedBatch is not null)
        {
            // The graph runs its whole batch; what the caller left in the unused places must not cost time as NaN or denormals.
            for (int image = count; image < _plan.MaxBatch; image++)
            {
                Input(image).Clear();
            }
        }

        try
        {
            OrtIoBinding binding = _bindings[_plan.FixedBatch is null ? count - 1 : 0];
            _session.Session.RunWithBinding(_runOptions, binding);
            if (!_plan.IsCpu)
            {
                binding.SynchronizeBoundOutputs();
            }
        }
        catch (OnnxRuntimeException fault)
        {
            throw OrtFailures.OfRun(fault, _plan.ModelName, _plan.ProviderName, count);
        }

        _count = count;
    }

    public ReadOnlySpan<float> Output(int output, int image)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)output, (uint)_outputs.Length, nameof(output));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)image, (uint)_count, nameof(image));
        int length = _plan.OutputFloatsPerImage[output];
        return _outputs[output].DangerousSpan<float>((long)image * length, length);
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        // Bindings hold values, values hold addresses in the buffers, and all of them belong to the session.
        _isDisposed = true;
        foreach (OrtIoBinding? binding in _bindings)
        {
            binding?.Dispose();
        }

        _values.ForEach(value => value.Dispose());
        _runOptions.Dispose();
        _input?.Dispose();
        foreach (NativeBuffer? output in _outputs)
        {
            output?.Dispose();
        }

        _session.Release();
    }

    private OrtIoBinding Bind(int batch)
    {
        OrtIoBinding binding = _session.Session.CreateIoBinding();
        try
        {
            binding.BindInput(_plan.InputName, Tensor(_input, _plan.InputElementType, batch, _plan.InputShape, _plan.InputBytesPerImage));
            for (int output = 0; output < _outputs.Length; output++)
            {
                int bytes = _plan.OutputFloatsPerImage[output] * sizeof(float);
                binding.BindOutput(
                    _plan.OutputNames[output], Tensor(_outputs[output], TensorElementType.Float, batch, _plan.OutputShapes[output], bytes));
            }

            return binding;
        }
        catch
        {
            binding.Dispose();
            throw;
        }
    }

    private OrtValue Tensor(NativeBuffer buffer, TensorElementType type, int batch, IReadOnlyList<int> shape, int bytesPerImage)
    {
        long[] dimensions = [batch, .. shape.Select(length => (long)length)];
        OrtValue value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, type, dimensions, buffer.DangerousAddress, (long)batch * bytesPerImage);
        _values.Add(value);
        return value;
    }
}
