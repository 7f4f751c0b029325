using System.Globalization;
using PoseBatch.Heatmaps;
using PoseBatch.Inference;
using PoseBatch.Jobs;

namespace PoseBatch.Parsing;

/// <summary>
/// What a parser may expect of its model: outputs by role with the shapes of the warm-up run, and decoder parameters by name.
/// Everything that does not fit is said once, when the model is loaded, with both sides of the disagreement.
/// </summary>
internal sealed class ParserContract
{
    private readonly IReadOnlyList<IReadOnlyList<int>> _shapes;
    private readonly HashSet<string> _asked = [];

    /// <param name="model">The package.</param>
    /// <param name="outputShapes">Shapes of one image's outputs, batch dimension removed, in the order of the roles.</param>
    public ParserContract(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> outputShapes)
    {
        Model = model;
        _shapes = outputShapes;
        if (outputShapes.Count != model.Outputs.Count)
        {
            throw Mismatch($"describes {model.Outputs.Count} outputs but {outputShapes.Count} shapes were measured");
        }
    }

    /// <summary>The package.</summary>
    public ModelDescription Model { get; }

    /// <summary>Joints per person.</summary>
    public int KeypointCount => Model.Skeleton.KeypointCount;

    /// <summary>An output by role and the shape of one image's part of it.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: no such role.</exception>
    public (int Index, IReadOnlyList<int> Shape, TensorLayout Layout) Output(string role)
    {
        for (int i = 0; i < Model.Outputs.Count; i++)
        {
            if (Model.Outputs[i].Role == role)
            {
                return (i, _shapes[i], Model.Outputs[i].Layout);
            }
        }

        throw Mismatch($"has no output in the role '{role}', only {string.Join(", ", Model.OutputRoles)}");
    }

    /// <summary>Whether the model has an output in a role that its family can do without.</summary>
    public bool HasOutput(string role) => Model.Outputs.Any(output => output.Role == role);

    /// <summary>A stack of maps by role.</summary>
    /// <param name="role">Role in the family.</param>
    /// <param name="channels">Maps it must have.</param>
    /// <exception cref="PoseBatchException">model_mismatch: no such role, not a stack of maps, or another number of maps.</exception>
    public (int Index, HeatmapShape Shape) Maps(string role, int channels)
    {
        (int index, IReadOnlyList<int> shape, TensorLayout layout) = Output(role);
        if (shape.Count != 3 || layout == TensorLayout.Plain || shape.Any(side => side < 1))
        {
            throw Mismatch($"needs maps [C,H,W] or [H,W,C] in the role '{role}' but gives {Text(shape)} with layout {layout}");
        }

        HeatmapShape maps = layout == TensorLayout.Nchw
            ? new(shape[0], shape[1], shape[2], layout)
            : new(shape[2], shape[0], shape[1], layout);
        return maps.Channels == channels
            ? (index, maps)
            : throw Mismatch($"needs {channels} channels in the role '{role}' but gives {maps.Channels} ({Text(shape)}, {layout})");
    }

    /// <summary>A stack of maps that must have the grid of another one.</summary>
    public (int Index, HeatmapShape Shape) Maps(string role, int channels, HeatmapShape grid)
    {
        (int index, HeatmapShape shape) = Maps(role, channels);
        return (shape.Height, shape.Width) == (grid.Height, grid.Width)
            ? (index, shape)
            : throw Mismatch(
                $"needs a grid of {grid.Width}x{grid.Height} cells in the role '{role}' but gives {shape.Width}x{shape.Height}");
    }

    /// <summary>A number among the decoder parameters.</summary>
    /// <param name="name">Its name in model.json.</param>
    /// <param name="absent">Its value when model.json is silent.</param>
    /// <param name="least">Smallest value allowed.</param>
    /// <param name="most">Largest value allowed.</param>
    /// <exception cref="PoseBatchException">model_mismatch: not a number, not finite, or outside the range.</exception>
    public double Number(
        string name, double absent, double least = double.NegativeInfinity, double most = double.PositiveInfinity)
    {
        _asked.Add(name);
        if (!Model.Decoder.TryGetValue(name, out object? value))
        {
            return absent;
        }

        double number = value switch
        {
            double real => real,
            float real => real,
            long whole => whole,
            int whole => whole,
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) => parsed,
            _ => double.NaN,
        };

        return double.IsFinite(number) && number >= least && number <= most
            ? number
            : throw Mismatch(string.Create(
                CultureInfo.InvariantCulture,
                $"needs a finite number from {least} to {most} for decoder parameter '{name}' but has '{value}'"));
    }

    /// <summary>A whole number among the decoder parameters.</summary>
    public int Whole(string name, int absent, int least)
    {
        double number = Number(name, absent, least);
        return number == Math.Floor(number) && number <= int.MaxValue
            ? (int)number
            : throw Mismatch($"needs a whole number for decoder parameter '{name}' but has '{Model.Decoder[name]}'");
    }

    /// <summary>A word out of a closed list among the decoder parameters; the first is the default.</summary>
    /// <returns>Its place in the list.</returns>
    /// <exception cref="PoseBatchException">model_mismatch: not in the list.</exception>
    public int Choice(string name, params ReadOnlySpan<string> words)
    {
        _asked.Add(name);
        if (!Model.Decoder.TryGetValue(name, out object? value))
        {
            return 0;
        }

        int place = value is string word ? words.IndexOf(word) : -1;
        return place >= 0
            ? place
            : throw Mismatch($"needs one of {string.Join(", ", words.ToArray())} for decoder parameter '{name}' but has '{value}'");
    }

    /// <summary>Refuses what nobody has asked for: a misspelt parameter must not become a silent default.</summary>
    /// <exception cref="PoseBatchException">model_mismatch, naming the parameter.</exception>
    public void RejectUnknownParameters()
    {
        foreach (string name in Model.Decoder.Keys)
        {
            if (!_asked.Contains(name) && ModelFamilies.Find(Model.Family)?.Parameters.Any(known => known.Name == name) != true)
            {
                string known = string.Join(", ", _asked.Order(StringComparer.Ordinal));
                throw Mismatch($"has the unknown decoder parameter '{name}'; its family knows {known}");
            }
        }
    }

    /// <summary>The exception for a model that its parser cannot read.</summary>
    /// <param name="disagreement">Continues "Model 'x' (family y) ...".</param>
    public PoseBatchException Mismatch(string disagreement) => new(
        ReasonCode.ModelMismatch,
        $"Model '{Model.Name}' (family {Model.Family}) {disagreement}.",
        "Compare model.json with the outputs of model.onnx.");

    private static string Text(IReadOnlyList<int> shape) => $"[{string.Join(',', shape)}]";
}
