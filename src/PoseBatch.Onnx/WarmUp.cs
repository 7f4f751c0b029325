using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Models;
using PoseBatch.Onnx.Interop;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>
/// Runs a network on zeros, once with the smallest and once with the largest batch, and learns the shapes of its outputs. What
/// the file declares is only a promise, and often an unfinished one.
/// </summary>
internal sealed class WarmUp(InferenceSession session, SessionPlan plan, ModelDescription description)
{
    /// <summary>The plan, completed with the real output shapes.</summary>
    /// <exception cref="PoseBatchException">model_mismatch, out_of_memory.</exception>
    /// <exception cref="OnnxRuntimeException">The network cannot run on this provider at all.</exception>
    public SessionPlan Run()
    {
        int largest = plan.FixedBatch ?? plan.MaxBatch;
        int[][] shapes = RunOnce(plan.FixedBatch ?? 1);
        if (largest > 1 && plan.FixedBatch is null)
        {
            int[][] again;
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

            RequireSame(shapes, again, largest);
        }

        return plan with
        {
            OutputShapes = shapes,
            OutputFloatsPerImage = [.. shapes.Select(shape => shape.Aggregate(1, (product, length) => checked(product * length)))],
        };
    }

    private int[][] RunOnce(int batch)
    {
        using NativeBuffer buffer = new((long)batch * plan.InputBytesPerImage);
        long[] dimensions = [batch, .. plan.InputShape.Select(length => (long)length)];
        using OrtValue input = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, plan.InputElementType, dimensions, buffer.DangerousAddress, buffer.ByteCount);
        using OrtIoBinding binding = session.CreateIoBinding();
        binding.BindInput(plan.InputName, input);
        foreach (string output in plan.OutputNames)
        {
            binding.BindOutputToDevice(output, OrtMemoryInfo.DefaultInstance);
        }

        using RunOptions runOptions = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.RunWithBoundResults(runOptions, binding);
        return [.. outputs.Select((output, index) => ShapeOf(output, index, batch))];
    }

    private int[] ShapeOf(OrtValue output, int index, int batch)
    {
        ModelOutput role = description.Outputs[index];
        OrtTensorTypeAndShapeInfo info = output.GetTensorTypeAndShape();
        if (info.ElementDataType != TensorElementType.Float)
        {
            throw Mismatch(role, $"is of type {info.ElementDataType} but must be float32");
        }

        if (info.Shape is not [long first, .. long[] rest] || first != batch)
        {
            throw Mismatch(role, $"came out as [{string.Join(',', info.Shape)}] for a batch of {batch}: its first dimension is not the batch");
        }

        bool isEmpty = rest.Any(length => length < 1);
        return isEmpty || rest.Aggregate(1.0, (product, length) => product * length) > int.MaxValue / sizeof(float)
            ? throw Mismatch(role, $"came out as [{string.Join(',', info.Shape)}], which is empty or too large")
            : [.. rest.Select(length => (int)length)];
    }

    private void RequireSame(int[][] shapes, int[][] again, int batch)
    {
        for (int index = 0; index < shapes.Length; index++)
        {
            if (!shapes[index].SequenceEqual(again[index]))
            {
                string words = $"is [{string.Join(',', shapes[index])}] per image with 1 image and [{string.Join(',', again[index])}] with {batch}";
                throw Mismatch(description.Outputs[index], words);
            }
        }
    }

    private PoseBatchException Mismatch(ModelOutput output, string words) =>
        new(ReasonCode.ModelMismatch, $"Model '{plan.ModelName}': output {output.Role} '{output.Name}' {words}.");
}
