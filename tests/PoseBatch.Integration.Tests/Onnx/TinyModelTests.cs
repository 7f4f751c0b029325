using System.Runtime.InteropServices;
using PoseBatch.Models;
using PoseBatch.Onnx.Interop;
using PoseBatch.Onnx.Packages;

namespace PoseBatch.Onnx;

/// <summary>The adapter on networks the test wrote itself: what goes in must come out.</summary>
public sealed class TinyModelTests : IDisposable
{
    private const int PixelCount = 4 * 4;
    private readonly PackageFolder _packages = new();

    public void Dispose() => _packages.Dispose();

    [Theory]
    [InlineData(TensorType.Float32, TensorLayout.Nchw)]
    [InlineData(TensorType.Float32, TensorLayout.Nhwc)]
    [InlineData(TensorType.Float16, TensorLayout.Nchw)]
    [InlineData(TensorType.Float16, TensorLayout.Nhwc)]
    [InlineData(TensorType.UInt8, TensorLayout.Nchw)]
    [InlineData(TensorType.UInt8, TensorLayout.Nhwc)]
    [InlineData(TensorType.Int32, TensorLayout.Nchw)]
    [InlineData(TensorType.Int32, TensorLayout.Nhwc)]
    public void Every_type_and_layout_of_input_reaches_the_network(TensorType type, TensorLayout layout)
    {
        bool isNhwc = layout == TensorLayout.Nhwc;
        using OnnxPoseModel model = _packages.Load(TinyOnnx.Echo(OnnxType(type), isNhwc, "N"), PackageFolder.Cpu with { Batch = 3 }, type, layout);
        using IInferenceBuffers slot = model.CreateBuffers();

        for (int image = 0; image < 2; image++)
        {
            for (int element = 0; element < 3 * PixelCount; element++)
            {
                Set(slot.Input(image), type, element, (byte)((100 * image) + element));
            }
        }

        slot.Run(2);

        Assert.Equal([3, 4, 4], model.OutputShapes[0]);
        for (int image = 0; image < 2; image++)
        {
            for (int element = 0; element < 3 * PixelCount; element++)
            {
                // NHWC element (pixel p, channel c) comes out as NCHW element (c, p).
                int found = isNhwc ? ((element % 3) * PixelCount) + (element / 3) : element;
                Assert.Equal((100 * image) + element, slot.Output(0, image)[found]);
            }
        }
    }

    [Fact]
    public void A_run_allocates_nothing_on_the_managed_heap()
    {
        using OnnxPoseModel model = _packages.Load(TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N"), PackageFolder.Cpu with { Batch = 4 });
        using IInferenceBuffers slot = model.CreateBuffers();
        slot.Run(1);

        long before = GC.GetAllocatedBytesForCurrentThread();
        float sum = 0;
        for (int run = 0; run < 100; run++)
        {
            int count = 1 + (run % 4);
            slot.Input(count - 1)[0] = 1;
            slot.Run(count);
            sum += slot.Output(0, count - 1)[0];
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.True(float.IsFinite(sum));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void Native_memory_starts_on_a_cache_line_is_zero_and_has_an_end(int bytes)
    {
        using NativeBuffer buffer = new(bytes);

        Assert.Equal(0, buffer.DangerousAddress % 64);
        Assert.Equal(new byte[bytes], buffer.DangerousSpan<byte>(0, bytes).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.DangerousSpan<byte>(0, bytes + 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.DangerousSpan<byte>(-1, 1).Length);
    }

    [Fact]
    public void A_fixed_batch_above_the_count_is_padded_with_zeros()
    {
        // The output is the largest value of the whole batch, so that what lies in the unused places would show.
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, 4, 3, 4, 4)],
            [new("map", TinyOnnx.Float, 4, 3, 4, 4)],
            [new("ReduceMax", ["image"], ["max"], ("axes", new long[] { 0 }), ("keepdims", 1L)), new("Expand", ["max", "shape"], ["map"])],
            ("shape", [4, 3, 4, 4]));
        using OnnxPoseModel model = _packages.Load(onnx, PackageFolder.Cpu with { Batch = 3 });
        using IInferenceBuffers slot = model.CreateBuffers();

        for (int image = 0; image < 3; image++)
        {
            MemoryMarshal.Cast<byte, float>(slot.Input(image)).Fill(image + 1);
        }

        slot.Run(1);

        Assert.Equal(3, model.MaxBatch);
        Assert.Contains("padded with zeros", model.BatchNote, StringComparison.Ordinal);
        Assert.Equal(1, slot.Output(0, 0)[0]);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(9, 4)]
    [InlineData(4, 4)]
    [InlineData(2, 2)]
    public void A_fixed_batch_is_the_largest_that_can_be_had(int asked, int expected)
    {
        using OnnxPoseModel model = _packages.Load(TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, 4), PackageFolder.Cpu with { Batch = asked });

        Assert.Equal(expected, model.MaxBatch);
        Assert.Equal(asked is 0 or 4, model.BatchNote is null);
    }

    [Fact]
    public void Batch_zero_means_one_on_the_cpu()
    {
        using OnnxPoseModel model = _packages.Load(TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N"));

        Assert.Equal(1, model.MaxBatch);
        Assert.Null(model.BatchNote);
    }

    [Fact]
    public void A_slot_outlives_its_model_and_a_closed_model_gives_no_more_slots()
    {
        OnnxPoseModel model = _packages.Load(TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N"));
        IInferenceBuffers slot = model.CreateBuffers();

        model.Dispose();
        model.Dispose();
        slot.Run(1);
        slot.Dispose();
        slot.Dispose();

        Assert.Throws<ObjectDisposedException>(model.CreateBuffers);
        Assert.Throws<ObjectDisposedException>(() => slot.Run(1));
    }

    [Fact]
    public void What_was_not_run_cannot_be_read()
    {
        using OnnxPoseModel model = _packages.Load(TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N"), PackageFolder.Cpu with { Batch = 2 });
        using IInferenceBuffers slot = model.CreateBuffers();

        Assert.Throws<ArgumentOutOfRangeException>(() => slot.Output(0, 0).Length);
        slot.Run(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => slot.Output(0, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => slot.Output(1, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => slot.Input(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => slot.Run(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => slot.Run(3));
    }

    [Fact]
    public void An_output_that_sums_the_batch_up_is_refused()
    {
        byte[] declared = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, "N", 3, 4, 4)],
            [new("map", TinyOnnx.Float, 1, 3, 4, 4)],
            [new("ReduceMax", ["image"], ["map"], ("axes", new long[] { 0 }), ("keepdims", 1L))]);

        PoseBatchException early = Assert.Throws<PoseBatchException>(() => _packages.Load(declared));
        PoseBatchException fault = Assert.Throws<PoseBatchException>(
            () => _packages.Load(TinyOnnx.SecretBatchOfOne(isReduced: true), PackageFolder.Cpu with { Batch = 4 }));

        Assert.Contains("the first dimension of [1,3,4,4] is not the batch, the input has a free batch", early.Message, StringComparison.Ordinal);
        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.Contains("[1,3,4,4] for a batch of 4: its first dimension is not the batch", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_that_is_free_only_on_paper_is_named()
    {
        PoseBatchException fault = Assert.Throws<PoseBatchException>(
            () => _packages.Load(TinyOnnx.SecretBatchOfOne(isReduced: false), PackageFolder.Cpu with { Batch = 4 }));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.Contains("runs with 1 image but fails with 4", fault.Message, StringComparison.Ordinal);
        Assert.Contains("batch 1", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_of_another_type_than_float_are_refused()
    {
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, "N", 3, 4, 4)],
            [new("map", TinyOnnx.Int32, "N", 3, 4, 4)],
            [new("Cast", ["image"], ["map"], ("to", (long)TinyOnnx.Int32))]);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _packages.Load(onnx));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.Contains("must be float32 or float16, the file says int32", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_in_half_precision_come_out_as_floats()
    {
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, "N", 3, 4, 4)],
            [new("map", TinyOnnx.Float16, "N", 3, 4, 4)],
            [new("Cast", ["image"], ["map"], ("to", (long)TinyOnnx.Float16))]);
        using OnnxPoseModel model = _packages.Load(onnx, PackageFolder.Cpu with { Batch = 2 });
        using IInferenceBuffers slot = model.CreateBuffers();
        MemoryMarshal.Cast<byte, float>(slot.Input(0)).Fill(0.1f);
        MemoryMarshal.Cast<byte, float>(slot.Input(1)).Fill(2.5f);

        slot.Run(2);

        // The half nearest to 0.1 is 1638 / 16384; 2.5 is one.
        Assert.All(slot.Output(0, 0).ToArray(), value => Assert.Equal(0.0999755859375f, value));
        Assert.All(slot.Output(0, 1).ToArray(), value => Assert.Equal(2.5f, value));
    }

    [Fact]
    public void An_output_may_have_another_length_in_every_run()
    {
        ModelPackage package = _packages.Write("rows", TinyOnnx.RowsByBrightness());
        package = package with
        {
            Description = package.Description with
            {
                Family = "boxes",
                Outputs = [new("dets", "dets", TensorLayout.Plain)],
                Input = package.Description.Input with { Size = new(5, 4) },
            },
        };
        using OnnxPoseModel model = OnnxModelLoader.Load(package, PackageFolder.Cpu with { Batch = 2 });
        using IInferenceBuffers slot = model.CreateBuffers();

        Assert.Equal([-1, 5], model.OutputShapes[0]);
        foreach (int rows in new[] { 3, 12, 0, 7 })
        {
            for (int image = 0; image < 2; image++)
            {
                Span<float> pixels = MemoryMarshal.Cast<byte, float>(slot.Input(image));
                pixels.Fill(rows == 0 ? 0 : rows - 0.5f - image);
                pixels[^1] = rows;
            }

            slot.Run(2);

            for (int image = 0; image < 2; image++)
            {
                Assert.Equal(5 * rows, slot.Output(0, image).Length);
                Assert.All(slot.Output(0, image)[..Math.Max(0, (5 * rows) - 5)].ToArray(), value => Assert.Equal(rows - 0.5f - image, value));
            }
        }
    }

    [Theory]
    [InlineData("N", TensorType.Int64, TinyOnnx.Int64)]
    [InlineData("N", TensorType.Int32, TinyOnnx.Int32)]
    [InlineData("N", TensorType.Float32, TinyOnnx.Float)]
    [InlineData(3, TensorType.Int64, TinyOnnx.Int64)]
    public void A_constant_reaches_the_network_with_every_image(object batch, TensorType type, int onnxType)
    {
        // "map" = the picture plus the larger number of the constant's row of that image: 4, the input's width.
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, batch, 3, 4, 4), new("sizes", onnxType, batch, 2)],
            [new("map", TinyOnnx.Float, batch, 3, 4, 4)],
            [
                new("Cast", ["sizes"], ["real"], ("to", (long)TinyOnnx.Float)),
                new("ReduceMax", ["real"], ["larger"], ("axes", new long[] { 1 }), ("keepdims", 1L)),
                new("Reshape", ["larger", "column"], ["tall"]),
                new("Add", ["image", "tall"], ["map"]),
            ],
            ("column", [-1, 1, 1, 1]));
        ModelConstant sizes = new("sizes", type, [-1, 2], [3.0, ModelConstant.InputWidth]);
        using OnnxPoseModel model = OnnxModelLoader.Load(With(onnx, sizes), PackageFolder.Cpu with { Batch = 3 });
        using IInferenceBuffers slot = model.CreateBuffers();

        for (int count = 1; count <= 3; count++)
        {
            for (int image = 0; image < count; image++)
            {
                MemoryMarshal.Cast<byte, float>(slot.Input(image)).Fill(10 * image);
            }

            slot.Run(count);

            for (int image = 0; image < count; image++)
            {
                Assert.All(slot.Output(0, image).ToArray(), value => Assert.Equal((10 * image) + 4, value));
            }
        }
    }

    [Fact]
    public void A_constant_may_be_a_flag_or_have_a_shape_of_its_own()
    {
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, "N", 3, 4, 4), new("on", TinyOnnx.Bool), new("scale", TinyOnnx.Float, 1, 1)],
            [new("map", TinyOnnx.Float, "N", 3, 4, 4)],
            [
                new("Cast", ["on"], ["one"], ("to", (long)TinyOnnx.Float)),
                new("Mul", ["image", "scale"], ["scaled"]),
                new("Add", ["scaled", "one"], ["map"]),
            ]);
        ModelPackage package = With(onnx, new("on", TensorType.Bool, [], [1.0]), new("scale", TensorType.Float32, [1, 1], [0.5]));
        using OnnxPoseModel model = OnnxModelLoader.Load(package, PackageFolder.Cpu with { Batch = 2 });
        using IInferenceBuffers slot = model.CreateBuffers();
        MemoryMarshal.Cast<byte, float>(slot.Input(1)).Fill(8);

        slot.Run(2);

        Assert.Equal((1, 5), (slot.Output(0, 0)[0], slot.Output(0, 1)[0]));
    }

    [Fact]
    public void Constants_are_held_against_the_file()
    {
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, "N", 3, 4, 4), new("sizes", TinyOnnx.Int64, 1, 2)],
            [new("map", TinyOnnx.Float, "N", 3, 4, 4)],
            [new("Identity", ["image"], ["map"])]);

        Assert.Contains("the file also needs 'sizes int64 [1,2]': say in input.constants", Refusal(With(onnx)), StringComparison.Ordinal);
        Assert.Contains(
            "input.constants 'set': the file has no such input",
            Refusal(With(onnx, new("sizes", TensorType.Int64, [1, 2], [1.0, 1.0]), new("set", TensorType.Int64, [1], [0.0]))), StringComparison.Ordinal);
        Assert.Contains(
            "input.constants 'sizes': model.json says int32, the file says int64",
            Refusal(With(onnx, new ModelConstant("sizes", TensorType.Int32, [1, 2], [1.0, 1.0]))), StringComparison.Ordinal);
        Assert.Contains(
            "input.constants 'sizes': model.json says [N,2], the file says [1,2]",
            Refusal(With(onnx, new ModelConstant("sizes", TensorType.Int64, [-1, 2], [1.0, 1.0]))), StringComparison.Ordinal);
        Assert.Contains(
            "input.constants 'sizes': model.json says [2], the file says [1,2]",
            Refusal(With(onnx, new ModelConstant("sizes", TensorType.Int64, [2], [1.0, 1.0]))), StringComparison.Ordinal);

        static string Refusal(ModelPackage package) =>
            Assert.Throws<PoseBatchException>(() => OnnxModelLoader.Load(package, PackageFolder.Cpu)).Message;
    }

    [Theory]
    [InlineData("N", TinyOnnx.Float)]
    [InlineData("N", TinyOnnx.Float16)]
    [InlineData(3, TinyOnnx.Float)]
    public void The_batch_may_be_the_last_dimension_of_an_output(object batch, int type)
    {
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, batch, 3, 4, 4)],
            [new("map", type, 3, 4, 4, batch)],
            [new("Transpose", ["image"], ["turned"], ("perm", new long[] { 1, 2, 3, 0 })), new("Cast", ["turned"], ["map"], ("to", (long)type))]);
        ModelPackage package = BatchLast(With(onnx));
        using OnnxPoseModel model = OnnxModelLoader.Load(package, PackageFolder.Cpu with { Batch = 3 });
        using IInferenceBuffers slot = model.CreateBuffers();

        Assert.Equal([3, 4, 4], model.OutputShapes[0]);
        foreach (int count in new[] { 1, 3, 2 })
        {
            for (int image = 0; image < count; image++)
            {
                for (int element = 0; element < 3 * PixelCount; element++)
                {
                    Set(slot.Input(image), TensorType.Float32, element, (byte)((100 * image) + element));
                }
            }

            slot.Run(count);

            for (int image = 0; image < count; image++)
            {
                Assert.Equal(Enumerable.Range(0, 3 * PixelCount).Select(element => (float)(byte)((100 * image) + element)), slot.Output(0, image).ToArray());
            }
        }
    }

    [Fact]
    public void Rows_of_a_free_number_may_have_the_batch_last()
    {
        ModelPackage package = With(TinyOnnx.RowsByBrightness(isBatchLast: true));
        package = package with
        {
            Description = package.Description with
            {
                Family = "boxes",
                Outputs = [new("dets", "dets", TensorLayout.Plain, IsBatchLast: true)],
                Input = package.Description.Input with { Size = new(5, 4) },
            },
        };
        using OnnxPoseModel model = OnnxModelLoader.Load(package, PackageFolder.Cpu with { Batch = 2 });
        using IInferenceBuffers slot = model.CreateBuffers();
        for (int image = 0; image < 2; image++)
        {
            Span<float> pixels = MemoryMarshal.Cast<byte, float>(slot.Input(image));
            pixels.Fill(2 - image);
            pixels[^1] = 3;
        }

        slot.Run(2);

        Assert.Equal(Enumerable.Repeat(2f, 15), slot.Output(0, 0).ToArray());
        Assert.Equal(Enumerable.Repeat(1f, 15), slot.Output(0, 1).ToArray());
    }

    [Fact]
    public void A_batch_that_is_not_the_last_dimension_is_named()
    {
        PoseBatchException fault = Assert.Throws<PoseBatchException>(
            () => OnnxModelLoader.Load(BatchLast(With(TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N"))), PackageFolder.Cpu));

        Assert.Contains("the last dimension of [?,3,4,4] is not the batch, the input has a free batch", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_grey_picture_has_one_channel()
    {
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.UInt8, "N", 1, 4, 4)],
            [new("map", TinyOnnx.Float, "N", 3, 4, 4)],
            [new("Cast", ["image"], ["grey"], ("to", (long)TinyOnnx.Float)), new("Concat", ["grey", "grey", "grey"], ["map"], ("axis", 1L))]);
        ModelPackage package = With(onnx);
        ModelInput input = package.Description.Input with { ColourOrder = ColourOrder.Grey, Type = TensorType.UInt8, Mean = [0], Std = [1] };
        using OnnxPoseModel model = OnnxModelLoader.Load(package with { Description = package.Description with { Input = input } }, PackageFolder.Cpu);
        using IInferenceBuffers slot = model.CreateBuffers();
        slot.Input(0)[5] = 200;

        slot.Run(1);

        Assert.Equal((PixelCount, 200, 0), (slot.Input(0).Length, slot.Output(0, 0)[PixelCount + 5], slot.Output(0, 0)[6]));
        PoseBatchException colour = Assert.Throws<PoseBatchException>(() => OnnxModelLoader.Load(
            package with { Description = package.Description with { Input = package.Description.Input with { Type = TensorType.UInt8 } } }, PackageFolder.Cpu));
        Assert.Contains("which is [N,3,4,4], the file says [N,1,4,4]", colour.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_nobody_asked_for_is_left_alone()
    {
        byte[] onnx = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, "N", 3, 4, 4)],
            [new("other", TinyOnnx.Int64, 4), new("map", TinyOnnx.Float, "N", 3, 4, 4)],
            [new("Shape", ["image"], ["other"]), new("Identity", ["image"], ["map"])]);

        using OnnxPoseModel model = _packages.Load(onnx);
        using IInferenceBuffers slot = model.CreateBuffers();
        slot.Run(1);

        Assert.Single(model.OutputShapes);
    }

    [Fact]
    public void Everything_that_does_not_fit_is_named_at_once()
    {
        byte[] onnx = TinyOnnx.Model(
            [new("picture", TinyOnnx.UInt8, "N", 8, 8, 3), new("extra", TinyOnnx.Float, 1)],
            [new("heat", TinyOnnx.Float, "N", 8, 8, 3)],
            [new("Cast", ["picture"], ["heat"], ("to", (long)TinyOnnx.Float))]);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _packages.Load(onnx));

        Assert.Equal(ReasonCode.ModelMismatch, fault.Reason);
        Assert.Contains("no input 'image', its inputs are picture uint8 [N,8,8,3], extra float32 [1]", fault.Message, StringComparison.Ordinal);
        Assert.Contains("no output 'map', its outputs are heat float32", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Type_and_size_of_the_input_are_compared()
    {
        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => _packages.Load(TinyOnnx.Echo(TinyOnnx.UInt8, isNhwc: true, "N", side: 8)));

        Assert.Contains("model.json says float32, the file says uint8", fault.Message, StringComparison.Ordinal);
        Assert.Contains("model.json says NCHW of 4x4, which is [N,3,4,4], the file says [N,8,8,3]", fault.Message, StringComparison.Ordinal);
        Assert.Contains("the number of rows must be 4 (input height / stride) but is 8", fault.Message, StringComparison.Ordinal);
    }

    private ModelPackage With(byte[] onnx, params ModelConstant[] constants)
    {
        ModelPackage package = _packages.Write($"with-{Directory.GetDirectories(_packages.Root).Length}", onnx);
        return package with { Description = package.Description with { Input = package.Description.Input with { Constants = constants } } };
    }

    private static ModelPackage BatchLast(ModelPackage package) => package with
    {
        Description = package.Description with { Outputs = [new("heatmap", "map", TensorLayout.Nchw, IsBatchLast: true)] },
    };

    private static int OnnxType(TensorType type) => type switch
    {
        TensorType.Float16 => TinyOnnx.Float16,
        TensorType.UInt8 => TinyOnnx.UInt8,
        TensorType.Int32 => TinyOnnx.Int32,
        _ => TinyOnnx.Float,
    };

    private static void Set(Span<byte> input, TensorType type, int element, byte value)
    {
        switch (type)
        {
            case TensorType.Float16:
                MemoryMarshal.Cast<byte, Half>(input)[element] = (Half)value;
                break;
            case TensorType.UInt8:
                input[element] = value;
                break;
            case TensorType.Int32:
                MemoryMarshal.Cast<byte, int>(input)[element] = value;
                break;
            default:
                MemoryMarshal.Cast<byte, float>(input)[element] = value;
                break;
        }
    }
}
