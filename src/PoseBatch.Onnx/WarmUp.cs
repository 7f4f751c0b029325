using Microsoft.ML.OnnxRuntime;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Onnx.Interop;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>
/// Runs a network on zeros, once with the smallest and once with the largest batch, and learns the shapes of its outputs. What
/// the file declares is only a promise, and often an unfinished one.
/// </summary>
internal sealed class WarmUp(InferenceSession session, SessionPlan plan, ModelDescription description, ModelTensors tensors)
{
    /// <summary>The plan, completed with the real output shapes.</summary>
    /// <exception cref="PoseBatchException">model_mismatch, out_of_memory.</exception>
    /// <exception cref="OnnxRuntimeException">The network cannot run on this provider at all.</exception>
    public SessionPlan Run()
    {
        int largest = plan.FixedBatch ?? plan.MaxBatch;
        OutputPlan[] outputs = RunOnce(plan.FixedBatch ?? 1);
        if (largest > 1 && plan.FixedBatch is null)
        {
            OutputPlan[] again;
            try
            {
                again = RunOnce(largest);
            }
            catch (OnnxRuntimeException fault) when (plan.IsCpu && !OrtFailures.IsOutOfMemory(fault))
            {
                throw new PoseBatchException(
                    ReasonCode.ModelMismatch,
                    $"Model '{plan.ModelName}' declares a free batch, "
                    + $"runs with 1 image but fails with {largest}: {OrtFailures.Words(fault)}",
                    "Use batch 1 with this file, or export it again with a batch that is free throughout.",
                    fault);
            }

            RequireSame(outputs, again, largest);
        }

        return plan with { Outputs = outputs };
    }

    private OutputPlan[] RunOnce(int batch)
    {
        using NativeBuffer buffer = new((long)batch * plan.InputBytesPerImage);
        long[] dimensions = [batch, .. plan.InputShape.Select(length => (long)length)];
        using OrtValue input = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, plan.InputElementType, dimensions, buffer.DangerousAddress, buffer.ByteCount);
        using ConstantInputs constants = new(plan.Constants, batch);
        using OrtIoBinding binding = session.CreateIoBinding();
        foreach ((string name, OrtValue value) in plan.InputNames.Zip([input, .. constants.Tensors(batch)]))
        {
            binding.BindInput(name, value);
        }

        foreach (string output in plan.OutputNames)
        {
            binding.BindOutputToDevice(output, OrtMemoryInfo.DefaultInstance);
        }

        using RunOptions runOptions = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.RunWithBoundResults(runOptions, binding);
        return [.. outputs.Select((output, index) => PlanOf(output, index, batch))];
    }

    private OutputPlan PlanOf(OrtValue output, int index, int batch)
    {
        ModelOutput role = description.Outputs[index];
        OrtTensorTypeAndShapeInfo info = output.GetTensorTypeAndShape();
        if (!OutputBuffer.CanRead(info.ElementDataType))
        {
            throw Mismatch(role, $"is of type {info.ElementDataType} but must be float32");
        }

        if (OutputPlan.AxesOf(info.Shape, batch, role.IsBatchLast) is not { } rest)
        {
            string place = role.IsBatchLast ? "last" : "first";
            throw Mismatch(role, $"came out as [{string.Join(',', info.Shape)}] for a batch of {batch}: its {place} dimension is not the batch");
        }

        bool[] varies = Varies(role, rest.Length);
        bool isEmpty = rest.Where((length, axis) => length < 1 && !varies[axis]).Any();
        return isEmpty || rest.Aggregate(1.0, (product, length) => product * length) > int.MaxValue / sizeof(float)
            ? throw Mismatch(role, $"came out as [{string.Join(',', info.Shape)}], which is empty or too large")
            : new(info.ElementDataType, [.. rest.Select((length, axis) => varies[axis] ? -1 : (int)length)], role.IsBatchLast);
    }

    // Where the family expects as many as are found, and the file declares no length. A rank that does not fit is somebody else's to say.
    private bool[] Varies(ModelOutput output, int rank)
    {
        OutputRole role = ModelContract.RoleOf(description, output);
        IReadOnlyList<int> declared = tensors.Outputs.First(tensor => tensor.Name == output.Name).Dimensions;
        return [.. Enumerable.Range(0, rank).Select(
            axis => role.Axes.Count == rank && role.Axes[axis].Varies && (declared.Count != rank + 1 || declared[output.IsBatchLast ? axis : axis + 1] < 0))];
    }

    private void RequireSame(OutputPlan[] outputs, OutputPlan[] again, int batch)
    {
        for (int index = 0; index < outputs.Length; index++)
        {
            if (!outputs[index].Shape.SequenceEqual(again[index].Shape))
            {
                string words = $"is [{string.Join(',', outputs[index].Shape)}] per image with 1 image and [{string.Join(',', again[index].Shape)}] with {batch}";
                throw Mismatch(description.Outputs[index], words);
            }
        }
    }

    private PoseBatchException Mismatch(ModelOutput output, string words) =>
        new(ReasonCode.ModelMismatch, $"Model '{plan.ModelName}': output {output.Role} '{output.Name}' {words}.");
}
