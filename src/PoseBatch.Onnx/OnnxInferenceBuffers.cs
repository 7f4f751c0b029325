using Microsoft.ML.OnnxRuntime;
using PoseBatch.Models;
using PoseBatch.Onnx.Interop;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>
/// One worker's native tensors and one binding per batch size, all made at once so that a run allocates nothing managed. Where the length
/// of an output varies, ONNX Runtime makes the outputs of each run, and they are copied.
/// </summary>
internal sealed class OnnxInferenceBuffers : IInferenceBuffers
{
    private readonly SharedSession _session;
    private readonly SessionPlan _plan;
    private readonly RunOptions _runOptions = new();
    private readonly List<OrtValue> _values = [];
    private readonly OrtIoBinding[] _bindings;
    private readonly string[] _inputNames;
    private readonly OrtValue[][] _inputs;
    private readonly NativeBuffer _input;
    private readonly ConstantInputs _constants;
    private readonly OutputBuffer[] _outputs;
    private int _count;
    private bool _isDisposed;

    /// <summary>Takes a share in the session, which lives until the last slot is gone.</summary>
    public OnnxInferenceBuffers(SharedSession session, SessionPlan plan)
    {
        session.AddReference();
        _session = session;
        _plan = plan;
        int sizes = plan.FixedBatch is null ? plan.MaxBatch : 1;
        _bindings = new OrtIoBinding[plan.HasVaryingOutputs ? 0 : sizes];
        _inputNames = [.. plan.InputNames];
        _inputs = new OrtValue[sizes][];
        _outputs = new OutputBuffer[plan.OutputNames.Count];
        try
        {
            int batch = plan.FixedBatch ?? plan.MaxBatch;
            _input = new NativeBuffer((long)batch * plan.InputBytesPerImage);
            _constants = new ConstantInputs(plan.Constants, batch);
            for (int output = 0; output < _outputs.Length; output++)
            {
                _outputs[output] = new OutputBuffer(plan.Outputs[output], batch, isBound: !plan.HasVaryingOutputs);
            }

            for (int index = 0; index < sizes; index++)
            {
                int images = plan.FixedBatch ?? (index + 1);
                _inputs[index] = [InputTensor(images), .. _constants.Tensors(images)];
            }

            for (int index = 0; index < _bindings.Length; index++)
            {
                _bindings[index] = Bind(_inputs[index], plan.FixedBatch ?? (index + 1));
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
            int size = _plan.FixedBatch is null ? count - 1 : 0;
            if (_plan.HasVaryingOutputs)
            {
                RunAndCopy(_inputs[size], _plan.FixedBatch ?? count);
            }
            else
            {
                RunBound(_bindings[size], count);
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
        return _outputs[output].Image(image);
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
        _constants?.Dispose();
        foreach (OutputBuffer? output in _outputs)
        {
            output?.Dispose();
        }

        _session.Release();
    }

    private void RunBound(OrtIoBinding binding, int count)
    {
        _session.Session.RunWithBinding(_runOptions, binding);
        if (!_plan.IsCpu)
        {
            binding.SynchronizeBoundOutputs();
        }

        foreach (OutputBuffer output in _outputs)
        {
            output.Convert(count, _plan.FixedBatch ?? count);
        }
    }

    private void RunAndCopy(OrtValue[] inputs, int batch)
    {
        using IDisposableReadOnlyCollection<OrtValue> values = _session.Session.Run(_runOptions, _inputNames, inputs, _plan.OutputNames);
        for (int output = 0; output < _outputs.Length; output++)
        {
            if (!_outputs[output].Copy(values[output], batch))
            {
                throw new PoseBatchException(
                    ReasonCode.ModelMismatch,
                    $"Model '{_plan.ModelName}': output '{_plan.OutputNames[output]}' came out as [{string.Join(',', values[output].GetTensorTypeAndShape().Shape)}] "
                    + $"for a batch of {batch}: its {(_plan.Outputs[output].IsBatchLast ? "last" : "first")} dimension is not the batch.");
            }
        }
    }

    private OrtIoBinding Bind(OrtValue[] inputs, int batch)
    {
        OrtIoBinding binding = _session.Session.CreateIoBinding();
        try
        {
            for (int input = 0; input < inputs.Length; input++)
            {
                binding.BindInput(_inputNames[input], inputs[input]);
            }

            for (int output = 0; output < _outputs.Length; output++)
            {
                OrtValue value = _outputs[output].Tensor(batch);
                _values.Add(value);
                binding.BindOutput(_plan.OutputNames[output], value);
            }

            return binding;
        }
        catch
        {
            binding.Dispose();
            throw;
        }
    }

    private OrtValue InputTensor(int batch)
    {
        long[] dimensions = [batch, .. _plan.InputShape.Select(length => (long)length)];
        OrtValue value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, _plan.InputElementType, dimensions, _input.DangerousAddress, (long)batch * _plan.InputBytesPerImage);
        _values.Add(value);
        return value;
    }
}
