using System.Runtime.InteropServices;
using PoseBatch.Models;
using PoseBatch.Onnx.Packages;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>The adapter on real networks of every kind of input.</summary>
public class RealModelTests
{
    private static readonly OnnxOptions Cpu = new() { Provider = ProviderChoice.Cpu };

    public static TheoryData<string> AllFiles => new(
        "movenet-lightning-4head", "movenet-lightning-4head-xy", "movenet-lightning-hub", "movenet-simcc-256x192",
        "movenet-topdown-320x256", "openpose-mnv2-small", "pem-cpm-14", "pem-hourglass-14", "posenet-mnv1-075-s16",
        "posenet-mnv1-075-s32-257", "simplepose-nano-256x192", "yolo-fastest-1.1-body", "yolo-fastest-1.1-xl", "yolox-nano",
        "yolox-nano/model-b1.onnx");

    [Theory]
    [MemberData(nameof(AllFiles))]
    public void Every_network_of_the_reference_folder_is_described_and_runs(string name)
    {
        using OnnxPoseModel model = SharedModels.Load(name, Cpu with { Batch = 2 });

        using IInferenceBuffers slot = model.CreateBuffers();
        slot.Run(1);

        Assert.Equal("cpu", model.Provider.Name);
        Assert.Equal(model.Description.Outputs.Count, model.OutputShapes.Count);
        for (int output = 0; output < model.OutputShapes.Count; output++)
        {
            Assert.Equal(model.OutputShapes[output].Aggregate(1, (product, length) => product * length), slot.Output(output, 0).Length);
        }
    }

    [Fact]
    public void A_free_size_takes_the_size_of_the_description()
    {
        using OnnxPoseModel model = SharedModels.Load("posenet-mnv1-075-s16", Cpu);

        Assert.Equal([33, 33, 17], model.OutputShapes[model.Description.IndexOfOutput("heatmap")]);
    }

    [Fact]
    public void Whole_numbers_go_in_as_whole_numbers()
    {
        using OnnxPoseModel model = SharedModels.Load("movenet-lightning-hub", Cpu);
        using IInferenceBuffers slot = model.CreateBuffers();

        MemoryMarshal.Cast<byte, int>(slot.Input(0)).Fill(128);
        slot.Run(1);

        Assert.Equal(192 * 192 * 3 * sizeof(int), slot.Input(0).Length);
        Assert.Equal([1, 17, 3], model.OutputShapes[0]);
        foreach (float value in slot.Output(0, 0))
        {
            Assert.InRange(value, -0.5f, 1.5f);
        }
    }

    [Fact]
    public void A_file_of_fixed_batch_takes_its_own_batch_and_says_so()
    {
        using OnnxPoseModel model = SharedModels.Load("yolox-nano/model-b1.onnx", Cpu with { Batch = 8 });

        Assert.Equal(1, model.MaxBatch);
        Assert.Contains("fixed batch of 1", model.BatchNote, StringComparison.Ordinal);
        using IInferenceBuffers slot = model.CreateBuffers();
        Assert.Throws<ArgumentOutOfRangeException>(() => slot.Run(2));
    }

    [Theory]
    [InlineData("movenet-lightning-4head")]
    [InlineData("movenet-lightning-hub")]
    public void The_same_picture_gives_the_same_bits_in_every_batch(string name)
    {
        using OnnxPoseModel model = SharedModels.Load(name, Cpu with { Batch = 8 });
        using IInferenceBuffers slot = model.CreateBuffers();
        float[][] alone = [.. Enumerable.Range(0, 8).Select(picture =>
        {
            Fill(model, slot.Input(0), picture);
            slot.Run(1);
            return AllOutputs(model, slot, 0);
        })];

        foreach (int batch in new[] { 2, 4, 8 })
        {
            for (int image = 0; image < batch; image++)
            {
                Fill(model, slot.Input(image), 8 - batch + image);
            }

            slot.Run(batch);
            for (int image = 0; image < batch; image++)
            {
                Assert.Equal(alone[8 - batch + image], AllOutputs(model, slot, image));
            }
        }
    }

    [Theory]
    [InlineData("movenet-lightning-4head")]
    [InlineData("yolox-nano/model-b1.onnx")]
    public void A_run_of_a_real_network_allocates_nothing_on_the_managed_heap(string name)
    {
        using OnnxPoseModel model = SharedModels.Load(name, Cpu with { Batch = 2 });
        using IInferenceBuffers slot = model.CreateBuffers();
        slot.Run(1);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int run = 0; run < 100; run++)
        {
            slot.Run(1 + (run % model.MaxBatch));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Two_workers_at_once_get_the_same_bits_as_one_alone()
    {
        using OnnxPoseModel model = SharedModels.Load("movenet-lightning-4head", Cpu);
        float[] expected = RunOnce(model, 3);

        float[][][] found = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () => Enumerable.Range(0, 10).Select(_ => RunOnce(model, 3)).ToArray(), TaskCreationOptions.LongRunning)));

        Assert.All(found.SelectMany(worker => worker), outputs => Assert.Equal(expected, outputs));
    }

    [Fact]
    public void A_package_without_its_own_description_is_known_by_its_hash()
    {
        SharedModels.Require();

        ModelPackage package = SharedModels.Catalog.Resolve(Path.Combine(SharedModels.Folder, "movenet-lightning-hub"));

        Assert.Equal("movenet-points", package.Description.Family);
        Assert.Empty(ModelInspector.Check(package));
    }

    [Fact]
    public void A_family_that_is_not_known_is_refused()
    {
        SharedModels.Require();

        ModelPackage package = SharedModels.Catalog.Resolve("movenet-simcc-256x192");
        package = package with { Description = package.Description with { Family = "made-up" } };
        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => OnnxModelLoader.Load(package, Cpu));

        Assert.Equal(PoseBatch.ReasonCode.ModelMismatch, fault.Reason);
        Assert.Contains("family: 'made-up' is not known", fault.Message, StringComparison.Ordinal);
    }

    private static float[] RunOnce(OnnxPoseModel model, int picture)
    {
        using IInferenceBuffers slot = model.CreateBuffers();
        Fill(model, slot.Input(0), picture);
        slot.Run(1);
        return AllOutputs(model, slot, 0);
    }

    private static void Fill(OnnxPoseModel model, Span<byte> input, int picture)
    {
        Random random = new(picture);
        if (model.Description.Input.Type == TensorType.Int32)
        {
            foreach (ref int value in MemoryMarshal.Cast<byte, int>(input))
            {
                value = random.Next(256);
            }

            return;
        }

        foreach (ref float value in MemoryMarshal.Cast<byte, float>(input))
        {
            value = random.Next(256);
        }
    }

    private static float[] AllOutputs(OnnxPoseModel model, IInferenceBuffers slot, int image) =>
        [.. Enumerable.Range(0, model.OutputShapes.Count).SelectMany(output => slot.Output(output, image).ToArray())];
}
