using System.Collections.Concurrent;
using PoseBatch.Jobs;
using PoseBatch.Onnx;

namespace PoseBatch.Inference;

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
        Assert.SkipUnless(File.Exists(runtime), "ONNX Runtime does not lie beside the tests");

        Assert.Contains("libc.so.6", ElfFile.NeededLibraries(runtime));
        Assert.Empty(ElfFile.NeededLibraries(typeof(ProviderTests).Assembly.Location));
        Assert.Empty(ElfFile.NeededLibraries(Path.Combine(_packages.Root, "absent.so")));
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

    private static void SkipWhereAvailable(string provider) => Assert.SkipWhen(
        ProviderProbe.Run().Providers.Any(status => status.Provider == provider && status.IsAvailable), $"{provider} works on this machine");
}
