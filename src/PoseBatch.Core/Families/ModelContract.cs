using System.Globalization;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>Holds a description against the tensors of the real file.</summary>
public static class ModelContract
{
    /// <summary>Names everything in which the description and the file differ; free dimensions of the file fit anything.</summary>
    /// <returns>One sentence per difference; empty when they fit.</returns>
    public static IReadOnlyList<string> Check(ModelDescription model, ModelTensors tensors)
    {
        if (ModelFamilies.Find(model.Family) is null)
        {
            return [$"family: '{model.Family}' is not known"];
        }

        List<string> problems = [];
        CheckInput(model, tensors, problems);
        foreach (ModelOutput output in model.Outputs)
        {
            if (tensors.Outputs.FirstOrDefault(one => one.Name == output.Name) is { } tensor)
            {
                CheckOutput(model, output, tensor, tensors.FixedBatch(model.Input.Name), problems);
            }
            else
            {
                string others = string.Join(", ", tensors.Outputs);
                problems.Add($"output {output.Role}: the file has no output '{output.Name}', its outputs are {others}");
            }
        }

        return problems;
    }

    /// <summary>Holds one image's real output shapes, batch removed, against the description.</summary>
    /// <param name="model">The description.</param>
    /// <param name="shapes">In the order of <see cref="ModelDescription.Outputs"/>.</param>
    /// <returns>One sentence per difference; empty when they fit.</returns>
    /// <remarks>The family must be known, as <see cref="Check"/> makes sure.</remarks>
    public static IReadOnlyList<string> CheckShapes(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> shapes)
    {
        List<string> problems = [];
        for (int index = 0; index < model.Outputs.Count; index++)
        {
            CheckAxes(model, model.Outputs[index], shapes[index], problems);
        }

        if (problems.Count == 0)
        {
            problems.AddRange(ModelFamilies.Find(model.Family)!.ShapeRules(model, shapes));
        }

        return problems;
    }

    private static void CheckInput(ModelDescription model, ModelTensors tensors, List<string> problems)
    {
        ModelInput input = model.Input;
        if (tensors.Inputs.FirstOrDefault(one => one.Name == input.Name) is not { } tensor)
        {
            problems.Add($"input: the file has no input '{input.Name}', its inputs are {string.Join(", ", tensors.Inputs)}");
            return;
        }

        CheckConstants(input, tensors, problems);

        if (tensor.Type != input.Type)
        {
            problems.Add($"input '{input.Name}': model.json says {input.Type.ToString().ToLowerInvariant()}, the file says {tensor.TypeName}");
        }

        (int height, int width) = (input.Size.Height, input.Size.Width);
        int[] expected = input.Layout == TensorLayout.Nchw ? [-1, input.ChannelCount, height, width] : [-1, height, width, input.ChannelCount];
        bool fits = tensor.Dimensions.Count == 4
            && expected.Zip(tensor.Dimensions).All(pair => pair.First < 0 || pair.Second < 0 || pair.First == pair.Second);
        if (!fits)
        {
            string colour = input.ColourOrder == ColourOrder.Grey ? " in grey" : "";
            string described = $"{input.Layout.ToString().ToUpperInvariant()} of {input.Size}{colour}, which is {Shape(expected)}";
            problems.Add($"input '{input.Name}': model.json says {described}, the file says {Shape(tensor.Dimensions)}");
        }
    }

    private static void CheckConstants(ModelInput input, ModelTensors tensors, List<string> problems)
    {
        foreach (TensorDeclaration other in tensors.Inputs.Where(one => one.Name != input.Name && input.Constants.All(constant => constant.Name != one.Name)))
        {
            problems.Add(
                $"input: the file also needs '{other}': say in input.constants what it gets in every picture, as {{\"name\": \"{other.Name}\", "
                + "\"type\": ..., \"shape\": [...], \"values\": [...]}; PoseBatch feeds one image tensor and constants");
        }

        foreach (ModelConstant constant in input.Constants)
        {
            string name = $"input.constants '{constant.Name}'";
            if (tensors.Inputs.FirstOrDefault(one => one.Name == constant.Name) is not { } tensor)
            {
                problems.Add($"{name}: the file has no such input, its inputs are {string.Join(", ", tensors.Inputs)}");
                continue;
            }

            if (tensor.Type != constant.Type)
            {
                problems.Add($"{name}: model.json says {constant.Type.ToString().ToLowerInvariant()}, the file says {tensor.TypeName}");
            }

            // The batch must be free or that of the image; every other length must be the file's.
            int?[] given = [.. constant.Shape.Select(length => length < 0 ? tensors.FixedBatch(input.Name) : length)];
            if (given.Length != tensor.Dimensions.Count || given.Zip(tensor.Dimensions).Any(pair => pair.Second >= 0 && pair.First != pair.Second))
            {
                problems.Add($"{name}: model.json says {Shape(constant.Shape)}, the file says {Shape(tensor.Dimensions)}");
            }
        }
    }

    private static void CheckOutput(
        ModelDescription model, ModelOutput output, TensorDeclaration tensor, int? fixedBatch, List<string> problems)
    {
        bool isWhole = RoleOf(model, output).IsWhole;
        if (!tensor.Type.IsReal() && !(isWhole && tensor.Type is TensorType.Int32 or TensorType.Int64))
        {
            problems.Add(
                $"output {output.Role} '{output.Name}': must be {(isWhole ? "int64, int32, " : "")}float32 or float16, the file says {tensor.TypeName}");
        }

        if (tensor.Dimensions.Count == 0)
        {
            return;   // A rank the file does not declare; the warm-up run shows the real one.
        }

        int batch = tensor.Dimensions[output.IsBatchLast ? ^1 : 0];
        if (batch > 0 && batch != fixedBatch)
        {
            string input = fixedBatch is { } size ? $"a batch of {size}" : "a free batch";
            string shape = Shape(tensor.Dimensions, output.IsBatchLast), place = output.IsBatchLast ? "last" : "first";
            problems.Add($"output {output.Role} '{output.Name}': the {place} dimension of {shape} is not the batch, the input has {input}");
        }

        CheckAxes(model, output, [.. output.IsBatchLast ? tensor.Dimensions.SkipLast(1) : tensor.Dimensions.Skip(1)], problems);
    }

    private static void CheckAxes(ModelDescription model, ModelOutput output, IReadOnlyList<int> axes, List<string> problems)
    {
        OutputRole role = RoleOf(model, output);
        string tensor = $"output {output.Role} '{output.Name}'";
        string shape = output.IsBatchLast ? Shape([.. axes, -1], isBatchLast: true) : Shape([-1, .. axes]);
        if (axes.Count != role.Axes.Count)
        {
            string place = output.IsBatchLast ? "before" : "after";
            problems.Add($"{tensor}: must have {role.Axes.Count} dimensions {place} the batch, the file says {shape}");
            return;
        }

        // A rule lists channels first; in NHWC they come last.
        int[] order = role.IsMap && output.Layout == TensorLayout.Nhwc ? [2, 0, 1] : [.. Enumerable.Range(0, axes.Count)];
        for (int rule = 0; rule < order.Length; rule++)
        {
            int length = axes[order[rule]];
            if (length >= 0 && role.Axes[rule].Length(model) is { } expected && expected != length)
            {
                string rightLength = $"{expected} ({role.Axes[rule].Words})";
                problems.Add($"{tensor}: {Axis(role, rule)} must be {rightLength} but is {length} in {shape}");
            }
        }
    }

    /// <summary>The role an output plays in its family, which must be known.</summary>
    public static OutputRole RoleOf(ModelDescription model, ModelOutput output) =>
        ModelFamilies.Find(model.Family)!.FindRole(output.Role)!;

    private static string Axis(OutputRole role, int index) => role.IsMap
        ? index switch { 0 => "the number of channels", 1 => "the number of rows", _ => "the number of columns" }
        : string.Create(CultureInfo.InvariantCulture, $"dimension {index + 1}");

    /// <summary>
    /// Whether a tensor that the description names has an element type that no model.json can describe: then the file must be exported
    /// anew, and no correction of its description helps.
    /// </summary>
    public static bool HasUnusableTypes(ModelDescription model, ModelTensors tensors) =>
        tensors.Inputs.Any(input => input.Name == model.Input.Name && !ModelWords.InputTypes.Values.Contains(input.Type))
        || tensors.Outputs.Any(output => !output.Type.IsReal() && model.Outputs.Any(described => described.Name == output.Name));

    private static string Shape(IReadOnlyList<int> dimensions, bool isBatchLast = false) => $"[{string.Join(',', dimensions.Select(
        (length, axis) => length >= 0 ? length.ToString(CultureInfo.InvariantCulture) : axis == (isBatchLast ? dimensions.Count - 1 : 0) ? "N" : "?"))}]";
}
