using Microsoft.ML.OnnxRuntime;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Onnx.Packages;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>Makes running models out of packages: finds the provider, holds the description against the file, warms up.</summary>
public static class OnnxModelLoader
{
    /// <summary>
    /// Loads a package, tries providers best first, and runs the network with batch 1 and with the largest batch, so that a
    /// model that is returned is one that has run.
    /// </summary>
    /// <param name="package">From <see cref="ModelCatalog"/>.</param>
    /// <param name="options">Provider, batch and threads.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="PoseBatchException">
    /// model_missing: the file is gone. model_mismatch: file, hash and description do not fit, or the file is no network.
    /// provider_unavailable: the provider asked for cannot be had. out_of_memory.
    /// </exception>
    public static OnnxPoseModel Load(ModelPackage package, OnnxOptions options)
    {
        CheckOptions(options);
        CheckFile(package);
        _ = OrtRuntime.Environment();
        List<ProviderRefusal> refused = [];
        foreach (string provider in ExecutionProviders.Order(options.Provider))
        {
            IReadOnlyList<string> obstacles = ExecutionProviders.Obstacles(provider, options.DeviceId);
            if (obstacles.Count > 0)
            {
                refused.Add(new(provider, string.Join("; ", obstacles)));
                continue;
            }

            try
            {
                return new ModelLoad(package, options, provider, refused).Run();
            }
            catch (Exception fault) when (
                provider != ExecutionProviders.CpuName && OrtFailures.IsProviderFault(fault) && !OrtFailures.IsModelFault(fault))
            {
                if (options.Provider != ProviderChoice.Auto && OrtFailures.IsOutOfMemory(fault))
                {
                    throw OfFile(package, fault);
                }

                refused.Add(new(provider, OrtFailures.Words(fault)));
            }
            catch (ProviderNotUsedException unused)
            {
                refused.Add(new(provider, unused.Message));
            }
            catch (IOException fault) when (provider != ExecutionProviders.CpuName)
            {
                refused.Add(new(
                    provider, $"that it does the work could not be proven, because the temporary folder cannot be used: {fault.Message}"));
            }
            catch (Exception fault) when (OrtFailures.IsProviderFault(fault))
            {
                throw OfFile(package, fault);
            }
        }

        string reasons = string.Join(" ", refused.Select(refusal => $"{refusal.Provider}: {refusal.Reason}."));
        throw new PoseBatchException(
            ReasonCode.ProviderUnavailable,
            $"The provider asked for cannot be had. {reasons}",
            "Use provider auto or cpu, or install what is missing; 'posebatch doctor' shows what this machine has.");
    }

    private static void CheckOptions(OnnxOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Batch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Batch, OnnxOptions.LargestBatch);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.IntraOpThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.IntraOpThreads, 256);
        ArgumentOutOfRangeException.ThrowIfNegative(options.DeviceId);
    }

    private static void CheckFile(ModelPackage package)
    {
        if (!File.Exists(package.ModelPath))
        {
            throw new PoseBatchException(ReasonCode.ModelMissing, $"The network {package.ModelPath} does not exist.");
        }

        if (package.Sha256 != package.Description.Sha256)
        {
            string problem = ModelInspector.HashProblem(package.Description, package.Sha256);
            throw ModelInspector.Mismatch(package.Description, package.ModelPath, [problem]);
        }
    }

    private static PoseBatchException OfFile(ModelPackage package, Exception fault) => OrtFailures.IsOutOfMemory(fault)
        ? new(
            ReasonCode.OutOfMemory,
            $"No memory to load {package.ModelPath}: {OrtFailures.Words(fault)}",
            "Choose a smaller batch or fewer workers.",
            fault)
        : new(
            ReasonCode.ModelMismatch,
            $"ONNX Runtime cannot run {package.ModelPath}: {OrtFailures.Words(fault)}",
            "Check that the file is a whole ONNX network; docs/models.md says what PoseBatch can run.",
            fault);
}

/// <summary>One attempt to load a package on one provider. Everything it made is freed when it fails.</summary>
internal sealed class ModelLoad(ModelPackage package, OnnxOptions options, string provider, IReadOnlyList<ProviderRefusal> refused)
{
    private readonly ModelDescription _description = package.Description;

    public OnnxPoseModel Run()
    {
        if (provider == ExecutionProviders.CpuName)
        {
            return Run(profileFolder: null);
        }

        // Only a GPU provider has to prove itself; the CPU is what everything falls back to.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("posebatch-");
        try
        {
            return Run(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private OnnxPoseModel Run(string? profileFolder)
    {
        InferenceSession session = CreateSession(profileFolder);
        try
        {
            ModelTensors tensors = ModelInspector.TensorsOf(session);
            ThrowIfAny(ModelContract.Check(_description, tensors), tensors);
            (SessionPlan plan, string? batchNote) = Plan(tensors);
            plan = new WarmUp(session, plan, _description, tensors).Run();
            ThrowIfAny(ModelContract.CheckShapes(_description, [.. plan.Outputs.Select(output => output.Shape)]), tensors);
            if (profileFolder is not null)
            {
                NodePlacement.RequireUse(session.EndProfiling(), provider);
            }

            ProviderReport report = new(provider, OrtRuntime.Version, refused, ExecutionProviders.DeviceName(provider, options.DeviceId));
            return new OnnxPoseModel(new SharedSession(session), plan, _description, report, batchNote);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private InferenceSession CreateSession(string? profileFolder)
    {
        using SessionOptions session = new()
        {
            IntraOpNumThreads = options.IntraOpThreads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableCpuMemArena = true,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
        };

        // A spinning pool steals the cores from decoding and from the other workers.
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        if (profileFolder is not null)
        {
            session.ProfileOutputPathPrefix = Path.Combine(profileFolder, "warm-up");
            session.EnableProfiling = true;
        }

        ExecutionProviders.Append(session, provider, options);
        return new InferenceSession(package.ModelPath, session);
    }

    private (SessionPlan Plan, string? Note) Plan(ModelTensors tensors)
    {
        int? fixedBatch = tensors.FixedBatch(_description.Input.Name);
        int automatic = provider == ExecutionProviders.CpuName ? OnnxOptions.CpuBatch : OnnxOptions.GpuBatch;
        int wanted = options.Batch != 0 ? options.Batch : fixedBatch ?? automatic;
        int maxBatch = Math.Min(wanted, fixedBatch ?? wanted);
        string fact = $"Model '{_description.Name}' has a fixed batch of {fixedBatch}:";
        string? note = fixedBatch switch
        {
            { } size when wanted > size => $"{fact} calls take {size} instead of {wanted} images.",
            { } size when wanted < size => $"{fact} calls of {wanted} are padded with zeros, which costs the time of {size}.",
            _ => null,
        };
        (int height, int width, int channels) = (_description.Input.Size.Height, _description.Input.Size.Width, _description.Input.ChannelCount);
        SessionPlan plan = new()
        {
            ModelName = _description.Name,
            ProviderName = provider,
            MaxBatch = maxBatch,
            FixedBatch = fixedBatch,
            InputName = _description.Input.Name,
            InputElementType = ModelInspector.ElementType(_description.Input.Type),
            InputShape = _description.Input.Layout == TensorLayout.Nchw ? [channels, height, width] : [height, width, channels],
            InputBytesPerImage = checked(height * width * channels * _description.Input.Type.ByteCount()),
            Constants = [.. _description.Input.Constants.Select(constant => ConstantPlan.Of(constant, _description.Input))],
            OutputNames = [.. _description.Outputs.Select(output => output.Name)],
        };
        return (plan, note);
    }

    private void ThrowIfAny(IReadOnlyList<string> problems, ModelTensors tensors)
    {
        if (problems.Count > 0)
        {
            throw ModelInspector.Mismatch(_description, package.ModelPath, problems, tensors);
        }
    }
}
