using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Conversion.Source;
using PoseBatch.Onnx;

namespace PoseBatch.Conversion;

/// <summary>Small graphs of TensorFlow.js, converted and run by ONNX Runtime, against sums done by hand.</summary>
public sealed class GraphConverterTests : IDisposable
{
    private static readonly int[] One = [1, 1, 1, 1], Two = [1, 2, 2, 1];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_stride_of_two_pads_the_odd_cell_behind()
    {
        // SAME on 4 cells by 2 with a window of 3: one cell is added, below and on the right. The sums of the four windows:
        TinyGraph graph = new TinyGraph(4, 4, 1)
            .Floats("sum", [3, 3, 1, 1], 1, 1, 1, 1, 1, 1, 1, 1, 1)
            .Node("Conv2D", "head", ["image", "sum"], ("strides", Two), ("padding", "SAME"));

        Assert.Equal([54f, 45, 72, 54], Run(graph, [1, 1, 4, 4], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
    }

    [Fact]
    public void A_depthwise_convolution_keeps_the_outputs_of_an_input_together_and_ends_with_what_is_fused_into_it()
    {
        // 2 x (1, 2) + (0, 1) = 2, 5; 5 x (3, -1) = 15, -5, cut to 0..6.
        TinyGraph graph = new TinyGraph(1, 1, 2)
            .Floats("weights", [1, 1, 2, 2], 1, 2, 3, -1)
            .Floats("bias", [4], 0, 1, 0, 0)
            .Node("FusedDepthwiseConv2dNative", "head", ["image", "weights", "bias"], ("strides", One), ("padding", "VALID"), ("fused_ops", new[] { "BiasAdd", "Relu6" }));

        Assert.Equal([2f, 5, 6, 0], Run(graph, [1, 2, 1, 1], 2, 5));
    }

    [Theory]
    [InlineData(true, false, 0f, 2f, 6f, 8f)]
    [InlineData(false, false, 0f, 4f, 8f, 8f)]
    [InlineData(false, true, 0f, 8 / 3f, 16 / 3f, 8f)]
    public void Enlarging_places_cells_as_the_graph_says(bool isHalf, bool isAligned, params float[] expected)
    {
        TinyGraph graph = new TinyGraph(1, 2, 1)
            .Wholes("size", [2], 1, 4)
            .Node("ResizeBilinear", "head", ["image", "size"], ("half_pixel_centers", isHalf), ("align_corners", isAligned));

        Assert.Equal(expected, Run(graph, [1, 1, 1, 2], 0, 8), (a, b) => MathF.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void A_size_that_the_graph_works_out_is_worked_out()
    {
        TinyGraph graph = new TinyGraph(1, 2, 1)
            .Wholes("from", [1], 1)
            .Wholes("to", [1], 3)
            .Wholes("step", [1], 1)
            .Wholes("twice", [2], 2, 2)
            .Node("Shape", "shape", ["image"])
            .Node("StridedSlice", "sides", ["shape", "from", "to", "step"])
            .Node("Mul", "size", ["sides", "twice"])
            .Node("ResizeNearestNeighbor", "head", ["image", "size"]);

        Assert.Equal([3f, 3, 5, 5, 3, 3, 5, 5], Run(graph, [1, 1, 1, 2], 3, 5));
    }

    [Fact]
    public void A_mean_leaves_the_border_out_and_a_maximum_takes_what_was_padded()
    {
        TinyGraph mean = new TinyGraph(1, 3, 1).Node("AvgPool", "head", ["image"], ("ksize", new[] { 1, 1, 2, 1 }), ("strides", One), ("padding", "SAME"));
        TinyGraph maximum = new TinyGraph(1, 2, 1)
            .Wholes("borders", [4, 2], 0, 0, 0, 0, 1, 0, 0, 0)
            .Floats("nine", [], 9)
            .Node("PadV2", "padded", ["image", "borders", "nine"])
            .Node("MaxPool", "head", ["padded"], ("ksize", new[] { 1, 1, 2, 1 }), ("strides", One), ("padding", "VALID"));

        Assert.Equal([3f, 5, 6], Run(mean, [1, 1, 1, 3], 2, 4, 6));
        Assert.Equal([9f, 4], Run(maximum, [1, 1, 1, 2], 2, 4));
    }

    // Of a cell's channels the first half becomes its upper row, each pair of them one cell.
    [Fact]
    public void Depth_is_laid_out_in_blocks()
    {
        TinyGraph graph = new TinyGraph(1, 1, 8).Node("DepthToSpace", "head", ["image"], ("block_size", 2));

        Assert.Equal([1f, 3, 5, 7, 2, 4, 6, 8], Run(graph, [1, 8, 1, 1], 1, 2, 3, 4, 5, 6, 7, 8));
    }

    [Fact]
    public void Channels_are_joined_and_constants_meet_them_at_their_end()
    {
        TinyGraph graph = new TinyGraph(1, 2, 1)
            .Wholes("axis", [], -1)
            .Node("ConcatV2", "both", ["image", "image", "axis"])
            .Floats("per_channel", [2], 10, 20)
            .Floats("per_column", [1, 2, 1], 1, 2)
            .Node("AddV2", "raised", ["both", "per_channel"])
            .Node("Mul", "head", ["raised", "per_column"]);

        Assert.Equal([11f, 24, 21, 44], Run(graph, [1, 1, 1, 2], 1, 2));
    }

    [Fact]
    public void Half_floats_and_bytes_are_the_numbers_they_stand_for()
    {
        TinyGraph graph = new TinyGraph(1, 1, 2)
            .Halves("halves", [2], 0.5f, -2)
            .Bytes("bytes", [2], scale: 0.25, least: -1, 8, 255)
            .Node("Mul", "scaled", ["image", "halves"])
            .Node("AddV2", "head", ["scaled", "bytes"]);

        // 4 x 0.5 + (8/4 - 1), 4 x -2 + (255/4 - 1)
        Assert.Equal([3f, 54.75f], Run(graph, [1, 2, 1, 1], 4, 4));
    }

    [Fact]
    public void Any_number_of_pictures_goes_in_and_what_no_head_needs_is_not_there()
    {
        // Behind the maps stands a decoder with an operator that is not known; it is cut away.
        byte[] onnx = Convert(TinyGraph.Colours(side: 1), "maps");

        Assert.Equal([1f, 2, 3, 4, 5, 6], Run(onnx, [2, 3, 1, 1], 1, 2, 3, 4, 5, 6));
        Assert.DoesNotContain("ArgMax", System.Text.Encoding.ASCII.GetString(onnx), StringComparison.Ordinal);
        Assert.Equal(onnx, Convert(TinyGraph.Colours(side: 1), "maps"));
    }

    [Fact]
    public void An_operator_that_is_not_known_is_named_with_a_way_out()
    {
        PoseBatchException refused = Assert.Throws<PoseBatchException>(() => Convert(TinyGraph.Colours(side: 4), "decoder"));

        Assert.Equal(ReasonCode.ModelMismatch, refused.Reason);
        Assert.Contains("ArgMax ('decoder')", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--output", refused.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_that_are_not_there_are_answered_with_those_that_are()
    {
        PoseBatchException refused = Assert.Throws<PoseBatchException>(() => Convert(TinyGraph.Colours(side: 4), "heatmap"));

        Assert.Contains("no tensor named heatmap", refused.Message, StringComparison.Ordinal);
        Assert.Contains("decoder", refused.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_were_cut_are_told_from_those_of_another_export()
    {
        string cut = TinyGraph.Colours(side: 4).Write(_folder.Path, missing: 3);
        PoseBatchException refused = Assert.Throws<PoseBatchException>(() => TfjsReader.Read(cut));
        Assert.Contains("ends within 'axis'", refused.Message, StringComparison.Ordinal);

        File.AppendAllBytes(_folder["graph.bin"], new byte[40]);
        Assert.Contains("describes 22", Assert.Throws<PoseBatchException>(() => TfjsReader.Read(cut)).Message, StringComparison.Ordinal);

        File.Delete(_folder["graph.bin"]);
        Assert.Equal(ReasonCode.ModelMissing, Assert.Throws<PoseBatchException>(() => TfjsReader.Read(cut)).Reason);
    }

    [Fact]
    public void A_graph_that_runs_in_a_circle_is_refused()
    {
        TinyGraph graph = new TinyGraph(1, 1, 1).Node("AddV2", "head", ["image", "again"]).Node("Relu", "again", ["head"]);

        Assert.Contains("circle", Assert.Throws<PoseBatchException>(() => Convert(graph, "head")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no JSON")]
    [InlineData("""{"modelTopology": {"node": 3}, "weightsManifest": []}""")]
    [InlineData("""{"modelTopology": {"node": [{"op": "Relu"}]}, "weightsManifest": []}""")]
    [InlineData("""{"modelTopology": {"node": []}, "weightsManifest": [{"paths": ["../graph.bin"], "weights": []}]}""")]
    public void What_is_no_graph_model_is_refused(string text)
    {
        File.WriteAllText(_folder["graph.json"], text);

        Assert.Equal(ReasonCode.ModelMismatch, Assert.Throws<PoseBatchException>(() => TfjsReader.Read(_folder["graph.json"])).Reason);
    }

    private byte[] Convert(TinyGraph graph, string head) =>
        GraphConverter.Convert(TfjsReader.Read(graph.Write(_folder.Path)), new() { Outputs = [(head, "out")] }).Onnx;

    private float[] Run(TinyGraph graph, int[] shape, params float[] picture) => Run(Convert(graph, "head"), shape, picture);

    /// <summary>The output of a network for a batch in NCHW.</summary>
    private static float[] Run(byte[] onnx, int[] shape, params float[] picture)
    {
        using InferenceSession session = PlainSession.Open(onnx);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(picture, shape))]);
        return [.. outputs.Single().AsEnumerable<float>()];
    }
}
