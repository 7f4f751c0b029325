using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Cli;
using PoseBatch.Conversion.Source;
using PoseBatch.Onnx;

namespace PoseBatch.Conversion;

/// <summary>Small TF-Lite files, converted and run by ONNX Runtime, against sums done by hand; and files that are none.</summary>
public sealed class TfliteReaderTests : IDisposable
{
    private const int Add = 0, Concatenation = 2, Conv = 3, DepthwiseConv = 4, Dequantize = 6, Mul = 18, ResizeBilinear = 23, ArgMax = 56, Custom = 32;
    private const byte Same = 0, Valid = 1, Relu6 = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_of_a_convolution_have_a_scale_per_output()
    {
        // 2 outputs of 2 inputs: (10 - 0) x 0.5 and (4 - 0) x 0.5; (-2 - 0) x 0.25 and (8 - 0) x 0.25. Bias (4, -8) x (0.5, 0.25).
        TinyTflite file = new([1, 1, 1, 2]);
        int weights = file.Tensor("weights", [2, 1, 1, 2], TinyTflite.Int8, [10, 4, unchecked((byte)-2), 8], [0.5f, 0.25f], [0, 0]);
        int bias = file.Tensor("bias", [2], TinyTflite.Int32, [4, 0, 0, 0, 0xF8, 0xFF, 0xFF, 0xFF], [0.5f, 0.25f], [0, 0]);
        file.Node(Conv, "head", [0, weights, bias], [Valid, 1, 1, (byte)0]);

        // 3 and 7: 3 x 5 + 7 x 2 + 2 = 31; 3 x -0.5 + 7 x 2 - 2 = 10.5
        Assert.Equal([31f, 10.5f], Run(file, [1, 2, 1, 1], 3, 7));
    }

    [Fact]
    public void Weights_of_a_depthwise_convolution_have_one_scale_and_a_zero_point_and_its_end_is_cut_to_six()
    {
        // (138 - 128) x 0.5 = 5 and (124 - 128) x 0.5 = -2, for two outputs each of two channels.
        TinyTflite file = new([1, 1, 1, 2]);
        int weights = file.Tensor("weights", [1, 1, 1, 4], TinyTflite.UInt8, [138, 130, 124, 128], [0.5f], [128]);
        file.Node(DepthwiseConv, "head", [0, weights], [Same, 1, 1, 2, Relu6]);

        // 1 x 5, 1 x 1; -2 x -2, -2 x 0
        Assert.Equal([5f, 1, 4, 0], Run(file, [1, 2, 1, 1], 1, -2));
        Assert.Equal([6f, 2, 0, 0], Run(file, [1, 2, 1, 1], 2, 1));
    }

    [Fact]
    public void Half_floats_are_widened_before_the_network_runs()
    {
        TinyTflite file = new([1, 1, 2, 1]);
        int halves = file.Tensor("halves", [2, 1], TinyTflite.Float16, [.. BitConverter.GetBytes((Half)0.5f), .. BitConverter.GetBytes((Half)(-3))]);
        file.Node(Mul, "head", [0, file.Node(Dequantize, "widened", [halves])], [(byte)0]);

        Assert.Equal([2f, -12], Run(file, [1, 1, 1, 2], 4, 4));
    }

    [Fact]
    public void A_picture_of_bytes_goes_in_as_bytes()
    {
        // (byte - 128) / 128, then 1 more.
        TinyTflite file = new([1, 1, 2, 1], TinyTflite.UInt8, [1 / 128f], [128]);
        file.Node(Add, "head", [0, file.Floats("one", [], 1)], [(byte)0]);

        Assert.Equal([0f, 1.5f], Run(file, [1, 1, 1, 2], 0, 192));
    }

    [Fact]
    public void Maps_are_enlarged_and_joined()
    {
        TinyTflite file = new([1, 1, 2, 1]);
        int wide = file.Node(ResizeBilinear, "wide", [0, file.Wholes("size", [2], 1, 4)], [null, null, (byte)0, (byte)1]);
        file.Node(Concatenation, "head", [wide, wide], [-1]);

        Assert.Equal([0f, 2, 6, 8, 0, 2, 6, 8], Run(file, [1, 1, 1, 2], 0, 8));
    }

    [Theory]
    [InlineData(ArgMax, null, "ARG_MAX")]
    [InlineData(Custom, "PosenetDecoderOp", "PosenetDecoderOp")]
    [InlineData(4711, null, "number 4711")]
    public async Task An_operator_that_is_not_known_is_named_and_nothing_is_written(int code, string? custom, string named)
    {
        TinyTflite file = new([1, 1, 1, 1]);
        file.Node(code, "head", [0], custom: custom);

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
            _folder.Path, "models", "convert", file.Write(_folder.Path), "--out", _folder["out"], "--output", "maps=head");

        Assert.Equal(3, ended.ExitCode);
        Assert.Contains(named, ended.Errors, StringComparison.Ordinal);
        Assert.Contains("--output", ended.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void What_has_another_identifier_is_refused()
    {
        byte[] file = Network().ToFile();
        file[7] = (byte)'9';
        File.WriteAllBytes(_folder["graph.tflite"], file);

        PoseBatchException refused = Assert.Throws<PoseBatchException>(() => TfliteReader.Read(_folder["graph.tflite"]));
        Assert.Equal(ReasonCode.ModelMismatch, refused.Reason);
        Assert.Contains("should be 'TFL3' and are 'TFL9'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(ReasonCode.ModelMissing, Assert.Throws<PoseBatchException>(() => TfliteReader.Read(_folder["none.tflite"])).Reason);
    }

    [Fact]
    public void A_cut_file_is_refused_wherever_it_is_cut()
    {
        byte[] whole = Network().ToFile();
        int refused = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            refused += IsRefused(whole[..length]) ? 1 : 0;
        }

        // Its last bytes are those of a constant, so every cut takes something away.
        Assert.Equal(whole.Length, refused);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_file_is_converted_or_refused_with_a_reason(int seed)
    {
        byte[] whole = Network().ToFile();
        Random random = new(seed);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] damaged = [.. whole];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            refused += IsRefused(damaged) ? 1 : 0;
        }

        Assert.InRange(refused, 1, 2000);
    }

    /// <summary>Whether reading and converting ends with a PoseBatchException; any other exception fails the test.</summary>
    private bool IsRefused(byte[] file)
    {
        File.WriteAllBytes(_folder["graph.tflite"], file);
        try
        {
            GraphConverter.Convert(TfliteReader.Read(_folder["graph.tflite"]), new() { Outputs = [("head", "out")] });
            return false;
        }
        catch (PoseBatchException)
        {
            return true;
        }
    }

    private static TinyTflite Network()
    {
        TinyTflite file = new([1, 4, 4, 3], TinyTflite.UInt8, [1 / 128f], [128]);
        int weights = file.Tensor("weights", [2, 1, 1, 3], TinyTflite.Int8, [1, 2, 3, 4, 5, 6], [0.5f, 0.25f], [0, 0]);
        int maps = file.Node(Conv, "maps", [0, weights, file.Floats("bias", [2], 1, 2)], [Same, 1, 1, Relu6]);
        int wide = file.Node(ResizeBilinear, "wide", [maps, file.Wholes("size", [2], 8, 8)], [null, null, (byte)0, (byte)1]);
        file.Node(Concatenation, "head", [wide, wide], [3]);
        return file;
    }

    /// <summary>The tensor <c>head</c> for a batch in NCHW.</summary>
    private float[] Run(TinyTflite file, int[] shape, params float[] picture)
    {
        byte[] onnx = GraphConverter.Convert(TfliteReader.Read(file.Write(_folder.Path)), new() { Outputs = [("head", "out")] }).Onnx;
        using InferenceSession session = PlainSession.Open(onnx);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(picture, shape))]);
        return [.. outputs.Single().AsEnumerable<float>()];
    }
}
