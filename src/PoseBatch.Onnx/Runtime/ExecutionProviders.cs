using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using PoseBatch.Onnx.Interop;

namespace PoseBatch.Onnx.Runtime;

/// <summary>The execution providers by name: which are tried, what they need, how they are switched on.</summary>
internal static class ExecutionProviders
{
    public const string CpuName = "cpu";
    public const string CudaName = "cuda";
    public const string TensorRtName = "tensorrt";

    /// <summary>The names to try, best first.</summary>
    public static IReadOnlyList<string> Order(ProviderChoice choice) => choice switch
    {
        ProviderChoice.Auto => [TensorRtName, CudaName, CpuName],
        ProviderChoice.Cpu => [CpuName],
        ProviderChoice.Cuda => [CudaName],
        ProviderChoice.TensorRt => [TensorRtName],
        _ => throw new ArgumentOutOfRangeException(nameof(choice), choice, "Not a provider."),
    };

    /// <summary>ONNX Runtime's own name of a provider.</summary>
    public static string RuntimeName(string provider) => provider switch
    {
        CudaName => "CUDAExecutionProvider",
        TensorRtName => "TensorrtExecutionProvider",
        _ => "CPUExecutionProvider",
    };

    /// <summary>
    /// What can be known without ONNX Runtime's help to stand in the way of a provider, in plain words; empty when nothing does.
    /// </summary>
    public static IReadOnlyList<string> Obstacles(string provider, int deviceId)
    {
        if (provider == CpuName)
        {
            return [];
        }

        List<string> obstacles = [];
        if (!OrtRuntime.CompiledProviders().Contains(RuntimeName(provider)))
        {
            obstacles.Add($"this build of ONNX Runtime does not know {RuntimeName(provider)} (build with -p:OrtGpu=true)");
        }

        string library = $"libonnxruntime_providers_{provider}.so";
        string? path = FindBesideRuntime(library);
        if (path is null)
        {
            obstacles.Add($"{library} is not beside libonnxruntime.so");
        }

        GpuLibraries needed = GpuLibraries.Of(path is null ? [] : ElfFile.NeededLibraries(path));
        string[] missing = [.. needed.Names.Where(name => !CanLoad(name, path))];
        if (missing.Length > 0)
        {
            obstacles.Add(needed.Lack(missing));
        }

        if (!missing.Contains(CudaDriver.Library) && CudaDriver.DeviceProblem(deviceId) is { } problem)
        {
            obstacles.Add(problem);
        }

        return obstacles;
    }

    /// <summary>Switches a provider on. Throws what <see cref="OrtFailures.IsProviderFault"/> knows.</summary>
    public static void Append(SessionOptions session, string provider, OnnxOptions options)
    {
        string device = options.DeviceId.ToString(CultureInfo.InvariantCulture);
        if (provider == TensorRtName)
        {
            Dictionary<string, string> settings = new() { ["device_id"] = device };
            if (options.TensorRtCacheFolder is { } folder)
            {
                settings["trt_engine_cache_enable"] = "1";
                settings["trt_engine_cache_path"] = folder;
            }

            using OrtTensorRTProviderOptions tensorRt = new();
            tensorRt.UpdateOptions(settings);
            session.AppendExecutionProvider_Tensorrt(tensorRt);
        }

        if (provider is TensorRtName or CudaName)
        {
            // Beneath TensorRT, CUDA takes the nodes that TensorRT does not.
            using OrtCUDAProviderOptions cuda = new();
            cuda.UpdateOptions(new() { ["device_id"] = device });
            session.AppendExecutionProvider_CUDA(cuda);
            if (options.WholeGraphOnDevice)
            {
                session.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");
            }
        }
    }

    /// <summary>The name of the device a provider runs on; empty when unknown.</summary>
    public static string DeviceName(string provider, int deviceId) =>
        provider == CpuName ? Processor.Name() : CudaDriver.DeviceNames().ElementAtOrDefault(deviceId) ?? "";

    private static bool CanLoad(string name, string? providerPath)
    {
        if (providerPath is not null && File.Exists(Path.Combine(Path.GetDirectoryName(providerPath)!, name)))
        {
            return true;
        }

        if (!NativeLibrary.TryLoad(name, out nint handle))
        {
            return false;
        }

        NativeLibrary.Free(handle);
        return true;
    }

    private static string? FindBesideRuntime(string library)
    {
        string assembly = Path.GetDirectoryName(typeof(SessionOptions).Assembly.Location) ?? "";
        string native = Path.Combine("runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        string[] folders = [assembly, Path.Combine(assembly, native), AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, native)];
        return folders.Select(folder => Path.Combine(folder, library)).FirstOrDefault(File.Exists);
    }
}
