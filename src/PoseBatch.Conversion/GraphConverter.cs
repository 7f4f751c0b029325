using PoseBatch.Conversion.Onnx;
using PoseBatch.Conversion.Source;
using PoseBatch.Conversion.Translation;

namespace PoseBatch.Conversion;

/// <summary>
/// Turns the part of a graph between a picture and the heads into an ONNX file. Sizes are fixed, the batch is free; half precision
/// weights become float32.
/// </summary>
public static class GraphConverter
{
    private const int MaxSide = 8192;

    /// <summary>Converts.</summary>
    /// <param name="graph">What was read.</param>
    /// <param name="plan">Which part of it.</param>
    /// <exception cref="PoseBatchException">
    /// model_mismatch: the graph lacks a tensor of the plan, the heads do not come from the input, or an operation on the way is not known.
    /// </exception>
    public static ConvertedNetwork Convert(SourceGraph graph, ConversionPlan plan)
    {
        string[] missing = [.. plan.Outputs.Select(output => output.Tensor).Append(plan.Input).OfType<string>().Where(tensor => !graph.Has(tensor))];
        if (missing.Length > 0)
        {
            throw ConversionFault.Of(
                $"{graph.Name} has no tensor named {string.Join(", ", missing)}.",
                $"Its results are {Listed(graph.Ends())}, its inputs {Listed(graph.Inputs.Keys)}. Name others with --output and --input.");
        }

        string input = plan.Input ?? OnlyInput(graph);
        (int height, int width, int channels) = SizeOf(graph, input, plan);
        OnnxGraph onnx = new();
        Picture image = new(ConversionPlan.InputName, height, width, channels);
        onnx.Input(image.Name, image.Shape);
        GraphTranslator translator = new(graph, onnx, input, image);
        List<(string, int, int, int)> outputs = [];
        foreach ((string tensor, string name) in plan.Outputs)
        {
            Picture head = translator.Translate(tensor);
            onnx.Node("Identity", [head.Name], name);
            onnx.Output(name, head.Shape);
            outputs.Add((name, head.Channels, head.Rows, head.Columns));
        }

        return new(onnx.ToFile("posebatch"), width, height, outputs);
    }

    private static string OnlyInput(SourceGraph graph) => graph.Inputs.Count == 1
        ? graph.Inputs.Keys.Single()
        : throw ConversionFault.Of($"{graph.Name} has {graph.Inputs.Count} inputs: {Listed(graph.Inputs.Keys)}.", "Name the picture's with --input.");

    private static (int Height, int Width, int Channels) SizeOf(SourceGraph graph, string input, ConversionPlan plan)
    {
        // Behind the placeholder the picture has been turned about, but its size is still the one declared there.
        IReadOnlyList<int>? declared = graph.Inputs.GetValueOrDefault(input) ?? graph.Inputs.Values.FirstOrDefault(shape => shape is { Count: 4 });
        int height = plan.Height ?? (declared is { Count: 4 } ? declared[1] : -1);
        int width = plan.Width ?? (declared is { Count: 4 } ? declared[2] : -1);
        if (height is < 1 or > MaxSide || width is < 1 or > MaxSide)
        {
            throw ConversionFault.Of($"{graph.Name} leaves the size of its input free, or has one that cannot be used.", "Give one: --size 256x256.");
        }

        return (height, width, declared is { Count: 4 } && declared[3] > 0 ? declared[3] : 3);
    }

    private static string Listed(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length == 0 ? "none" : string.Join(", ", all.Take(12)) + (all.Length > 12 ? $" and {all.Length - 12} more" : string.Empty);
    }
}
