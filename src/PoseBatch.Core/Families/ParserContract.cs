using System.Globalization;
using PoseBatch.Heatmaps;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>
/// What a parser may expect of its model: outputs by role with the shapes of the warm-up run, and decoder parameters by name.
/// Everything that does not fit is said once, when the parser is made, with both sides of the disagreement. Names, defaults,
/// ranges and words of the parameters are those of its <see cref="ModelFamily"/>.
/// </summary>
internal sealed class ParserContract
{
    private readonly IReadOnlyList<IReadOnlyList<int>> _shapes;

    /// <param name="model">The package.</param>
    /// <param name="outputShapes">Shapes of one image's outputs, batch dimension removed, in the order of the roles.</param>
    public ParserContract(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> outputShapes)
    {
        Model = model;
        _shapes = outputShapes;
        Family = ModelFamilies.Find(model.Family) ?? throw Mismatch("is of a family that is not known");
        if (outputShapes.Count != model.Outputs.Count)
        {
            throw Mismatch($"describes {model.Outputs.Count} outputs but {outputShapes.Count} shapes were measured");
        }

        CheckParameters();
    }

    /// <summary>The package.</summary>
    public ModelDescription Model { get; }

    /// <summary>Its family.</summary>
    public ModelFamily Family { get; }

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
        (int index, HeatmapShape maps) = Maps(role);
        return maps.Channels == channels
            ? (index, maps)
            : throw Mismatch($"needs {channels} channels in the role '{role}' but gives {maps.Channels} ({Text(_shapes[index])}, {maps.Layout})");
    }

    /// <summary>A stack of any number of maps by role.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: no such role, or not a stack of maps.</exception>
    public (int Index, HeatmapShape Shape) Maps(string role)
    {
        (int index, IReadOnlyList<int> shape, TensorLayout layout) = Output(role);
        if (shape.Count != 3 || layout == TensorLayout.Plain || shape.Any(side => side < 1))
        {
            throw Mismatch($"needs maps [C,H,W] or [H,W,C] in the role '{role}' but gives {Text(shape)} with layout {layout}");
        }

        return (index, layout == TensorLayout.Nchw
            ? new(shape[0], shape[1], shape[2], layout)
            : new(shape[2], shape[0], shape[1], layout));
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

    /// <summary>A number among the decoder parameters; the family's default when the description is silent.</summary>
    /// <param name="name">Its name in model.json, as the family has it.</param>
    /// <exception cref="PoseBatchException">model_mismatch: not a number, outside the range, not whole, or required and absent.</exception>
    public double Number(string name) => FindNumber(name) ?? throw Mismatch($"needs the decoder parameter '{name}'");

    /// <summary>A whole number among the decoder parameters.</summary>
    /// <exception cref="PoseBatchException">model_mismatch, as <see cref="Number"/>.</exception>
    public int Whole(string name) => (int)Number(name);

    /// <summary>
    /// A number; null where the family has no default and the description, one that was not read from JSON, is silent too.
    /// </summary>
    /// <exception cref="PoseBatchException">model_mismatch: not a number, outside the range, or not whole.</exception>
    public double? FindNumber(string name)
    {
        DecoderParameter parameter = Parameter(name);
        if (!Model.Decoder.TryGetValue(name, out object? value))
        {
            return (double?)parameter.Default;
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

        string kind = parameter.IsWhole ? "a whole number" : "a number";
        return number >= parameter.Minimum && number <= parameter.Maximum && (!parameter.IsWhole || number % 1 == 0)
            ? number
            : throw Mismatch(string.Create(
                CultureInfo.InvariantCulture,
                $"needs {kind} from {parameter.Minimum} to {parameter.Maximum} for decoder parameter '{name}' but has '{value}'"));
    }

    /// <summary>A word among the decoder parameters; the family's default when the description is silent.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: not one of the family's words, or required and absent.</exception>
    public string Word(string name) => FindWord(name) ?? throw Mismatch($"needs the decoder parameter '{name}'");

    /// <summary>
    /// A word; null where the family has no default and the description, one that was not read from JSON, is silent too.
    /// </summary>
    /// <exception cref="PoseBatchException">model_mismatch: not one of the family's words.</exception>
    public string? FindWord(string name)
    {
        DecoderParameter parameter = Parameter(name);
        if (!Model.Decoder.TryGetValue(name, out object? value))
        {
            return (string?)parameter.Default;
        }

        return value is string word && parameter.Words!.Contains(word)
            ? word
            : throw Mismatch($"needs one of {string.Join(", ", parameter.Words!)} for decoder parameter '{name}' but has '{value}'");
    }

    /// <summary>The exception for a model that its parser cannot read.</summary>
    /// <param name="disagreement">Continues "Model 'x' (family y) ...".</param>
    public PoseBatchException Mismatch(string disagreement) => new(
        ReasonCode.ModelMismatch,
        $"Model '{Model.Name}' (family {Model.Family}) {disagreement}.",
        "Compare model.json with the outputs of model.onnx.");

    private DecoderParameter Parameter(string name) => Family.FindParameter(name)
        ?? throw new ArgumentException($"Family {Family.Name} has no decoder parameter '{name}'.", nameof(name));

    // A misspelt parameter must not become a silent default, nor a wrong one pass because this mode does not read it.
    private void CheckParameters()
    {
        foreach (string name in Model.Decoder.Keys)
        {
            if (Family.FindParameter(name) is not { } parameter)
            {
                string known = string.Join(", ", Family.Parameters.Select(one => one.Name));
                throw Mismatch($"has the unknown decoder parameter '{name}'; its family knows {(known.Length > 0 ? known : "none")}");
            }

            _ = parameter.Words is null ? FindNumber(name) : (object?)FindWord(name);
        }
    }

    private static string Text(IReadOnlyList<int> shape) => $"[{string.Join(',', shape)}]";
}
