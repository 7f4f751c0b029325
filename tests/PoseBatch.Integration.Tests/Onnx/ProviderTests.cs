using System.Collections.Concurrent;
using System.Reflection.PortableExecutable;
using Microsoft.ML.OnnxRuntime;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>Which provider runs, and what is said about the others. Where a GPU really works, these have nothing to test.</summary>
public sealed class ProviderTests : IDisposable
{
    private readonly PackageFolder _packages = new();

    public void Dispose() => _packages.Dispose();

    [Theory]
    [InlineData(ProviderChoice.Cuda, "cuda")]
    [InlineData(ProviderChoice.TensorRt, "tensorrt")]
    public void A_provider_that_cannot_be_had_is_an_error_that_names_the_missing_library(ProviderChoice choice, string name)
    {
        SkipWhereAvailable(name);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(
            () => _packages.Load(Echo(), PackageFolder.Cpu with { Provider = choice }));

        Assert.Equal(ReasonCode.ProviderUnavailable, fault.Reason);
        Assert.Contains($"{name}: ", fault.Message, StringComparison.Ordinal);
        Assert.Matches(@"lib\w+\.so", fault.Message);
        Assert.Contains("posebatch doctor", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_falls_back_to_the_cpu_and_keeps_the_reasons()
    {
        SkipWhereAvailable("cuda");

        using OnnxPoseModel model = _packages.Load(Echo(), PackageFolder.Cpu with { Provider = ProviderChoice.Auto });

        Assert.Equal("cpu", model.Provider.Name);
        Assert.Equal(["tensorrt", "cuda"], model.Provider.Refused.Select(refusal => refusal.Provider));
        Assert.All(model.Provider.Refused, refusal => Assert.NotEmpty(refusal.Reason));
        Assert.Matches(@"^ONNX Runtime \d+\.\d+", model.Provider.Runtime);
    }

    [Fact]
    public void Cpu_asked_for_is_cpu_without_refusals()
    {
        using OnnxPoseModel model = _packages.Load(Echo());

        Assert.Equal("cpu", model.Provider.Name);
        Assert.Empty(model.Provider.Refused);
    }

    [Fact]
    public void The_probe_says_for_each_provider_whether_and_why_not()
    {
        ProviderProbe probe = ProviderProbe.Run();

        Assert.Equal(["tensorrt", "cuda", "cpu"], probe.Providers.Select(provider => provider.Provider));
        Assert.True(probe.Providers[^1].IsAvailable);
        Assert.All(probe.Providers, provider => Assert.Equal(provider.IsAvailable, provider.Reason.Length == 0));
        Assert.StartsWith("ONNX Runtime ", probe.Runtime, StringComparison.Ordinal);
    }

    [Fact]
    public void A_needed_library_is_read_from_the_file_itself()
    {
        string runtime = Path.Combine(AppContext.BaseDirectory, "libonnxruntime.so");

        Assert.Contains("libc.so.6", ElfFile.NeededLibraries(runtime));
        Assert.Empty(ElfFile.NeededLibraries(typeof(ProviderTests).Assembly.Location));
        Assert.Empty(ElfFile.NeededLibraries(Path.Combine(_packages.Root, "absent.so")));
    }

    [Fact]
    public void Cudnn_is_asked_for_though_the_provider_does_not_name_it()
    {
        // The list of the CUDA provider of ONNX Runtime 1.31.0, as `readelf -d` prints it.
        GpuLibraries needed = GpuLibraries.Of(
        [
            "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13", "libcuda.so.1", "libdl.so.2", "librt.so.1",
            "libpthread.so.0", "libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2",
        ]);

        Assert.Equal(
            ["libcuda.so.1", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13", "libcudnn.so.9"], needed.Names);
        Assert.Equal("missing libraries libcudart.so.13, libcudnn.so.9 (it needs CUDA 13 and cuDNN 9)", needed.Lack(["libcudart.so.13", "libcudnn.so.9"]));
    }

    [Fact]
    public void Without_the_providers_file_the_driver_and_cudnn_are_asked_for_all_the_same()
    {
        GpuLibraries needed = GpuLibraries.Of([]);

        Assert.Equal(["libcuda.so.1", "libcudnn.so.9"], needed.Names);
        Assert.Equal("missing library libcudnn.so.9 (it needs CUDA and cuDNN 9)", needed.Lack(["libcudnn.so.9"]));
    }

    [Fact]
    public void A_build_for_linux_carries_no_native_library_of_another_system()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "built on another system");
        string[] natives =
        [
            .. Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".dylib" or ".lib" || (Path.GetExtension(file) == ".dll" && !IsManaged(file))),
        ];

        Assert.Empty(natives);
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "libonnxruntime.so")), "ONNX Runtime does not lie beside the program");
    }

    [Fact]
    public void A_profile_tells_which_provider_ran_how_many_nodes()
    {
        const string Profile = """
            [{"cat":"Session","name":"model_loading_uri","args":{}},
             {"cat":"Node","name":"a","args":{"op_name":"Conv","provider":"CUDAExecutionProvider"}},
             {"cat":"Node","name":"b","args":{"op_name":"Conv","provider":"CUDAExecutionProvider"}},
             {"cat":"Node","name":"c","args":{"op_name":"Shape","provider":"CPUExecutionProvider"}},
             {"cat":"Node","name":"d","args":{"op_name":"Shape"}}]
            """;

        Assert.Equal(
            new Dictionary<string, int> { ["CUDAExecutionProvider"] = 2, ["CPUExecutionProvider"] = 1 }, NodePlacement.Count(Profile));
    }

    [Fact]
    public void A_real_profile_proves_the_provider_that_ran_and_no_other()
    {
        _ = OrtRuntime.Environment();
        using SessionOptions options = new() { EnableProfiling = true, ProfileOutputPathPrefix = Path.Combine(_packages.Root, "profile") };
        using InferenceSession session = PlainSession.Open(_packages.Write("echo", Echo()).ModelPath, options);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(new float[3 * 4 * 4], [1, 3, 4, 4]);
        using RunOptions run = new();
        session.Run(run, ["image"], [input], ["map"]).Dispose();
        string profile = session.EndProfiling();

        NodePlacement.RequireUse(profile, "cpu");
        ProviderNotUsedException fault = Assert.Throws<ProviderNotUsedException>(() => NodePlacement.RequireUse(profile, "cuda"));

        Assert.Contains("1 on CPUExecutionProvider", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[ErrorCode:Fail] /src/bridge.cc:1988 onnxruntime::Provider& Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library x.so", "Failed to load library x.so")]
    [InlineData("[ErrorCode:InvalidArgument] Got invalid\ndimensions", "Got invalid dimensions")]
    [InlineData("plain", "plain")]
    public void A_refusal_is_told_without_the_places_in_foreign_source(string message, string expected) =>
        Assert.Equal(expected, OrtFailures.Words(new InvalidOperationException(message)));

    [Fact]
    public void Lines_of_the_runtime_reach_the_log_and_an_exception_there_does_no_harm()
    {
        ConcurrentQueue<OrtLogLine> lines = [];
        Action<OrtLogLine>? before = OrtRuntime.Log;
        try
        {
            OrtRuntime.Log = line =>
            {
                lines.Enqueue(line);
                throw new InvalidOperationException("from a log");
            };

            // A free batch that the graph contradicts makes the runtime complain before it throws.
            byte[] onnx = TinyOnnx.SecretBatchOfOne(isReduced: false);
            Assert.Throws<PoseBatchException>(() => _packages.Load(onnx, PackageFolder.Cpu with { Batch = 2 }));
        }
        finally
        {
            OrtRuntime.Log = before;
        }

        Assert.Contains(lines, line => line.Level == OrtLogLevel.Error && line.Message.Contains("Reshape", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(-1, 1, 0)]
    [InlineData(257, 1, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(1, 257, 0)]
    [InlineData(1, 1, -1)]
    public void An_option_out_of_range_is_refused(int batch, int threads, int device)
    {
        OnnxOptions options = PackageFolder.Cpu with { Batch = batch, IntraOpThreads = threads, DeviceId = device };

        Assert.Throws<ArgumentOutOfRangeException>(() => _packages.Load(Echo(), options));
    }

    private static byte[] Echo() => TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N");

    private static bool IsManaged(string file)
    {
        using FileStream stream = File.OpenRead(file);
        using PEReader reader = new(stream);
        return reader.HasMetadata;
    }

    private static void SkipWhereAvailable(string provider) => Assert.SkipWhen(
        ProviderProbe.Run().Providers.Any(status => status.Provider == provider && status.IsAvailable), $"{provider} works on this machine");
}
