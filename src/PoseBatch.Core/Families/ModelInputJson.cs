using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Geometry;
using PoseBatch.Json;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>The section <c>input</c> of a <c>model.json</c>.</summary>
internal static class ModelInputJson
{
    private const int MaxSide = 8192;

    /// <summary>Reads it; a stand-in where it is absent, which is a problem named already.</summary>
    public static ModelInput Read(JsonFields? fields)
    {
        if (fields is null)
        {
            return new()
            {
                Name = "",
                Layout = TensorLayout.Nchw,
                Type = TensorType.Float32,
                Size = new(1, 1),
                IsRgb = true,
                Resize = ResizeRule.Stretch,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            };
        }

        ModelInput input = new()
        {
            Name = fields.Text("name"),
            Layout = fields.Choice("layout", ModelWords.InputLayouts),
            Type = fields.Choice("type", ModelWords.InputTypes),
            Size = new(fields.Integer("width", 1, MaxSide), fields.Integer("height", 1, MaxSide)),
            IsRgb = fields.Choice("colour_order", ModelWords.ColourOrders),
            Resize = fields.Choice("resize", ModelWords.ResizeRules),
            Pad = [.. ReadColour(fields, "pad", 0, 255, 0).Select(value => (byte)value)],
            Mean = [.. ReadColour(fields, "mean", -255, 255, 0).Select(value => (float)value)],
            Std = [.. ReadColour(fields, "std", 1e-6, 1e6, 1).Select(value => (float)value)],
        };
        if (!input.Type.IsReal() && (input.Mean.Any(value => value != 0) || input.Std.Any(value => value != 1)))
        {
            fields.Problem(fields.Path, "an integer input takes the bytes as they are: mean must be [0,0,0] and std [1,1,1]");
        }

        fields.Finish();
        return input;
    }

    private static double[] ReadColour(JsonFields fields, string name, double minimum, double maximum, double standard)
    {
        double[] colour = [standard, standard, standard];
        if (!fields.Has(name))
        {
            return colour;
        }

        IReadOnlyList<(JsonElement Element, string Path)> elements = fields.Array(name, required: false);
        if (elements.Count != 3)
        {
            fields.Problem(fields.PathOf(name), "must be three numbers in the order red, green, blue");
            return colour;
        }

        for (int channel = 0; channel < 3; channel++)
        {
            (JsonElement element, string path) = elements[channel];
            colour[channel] = name == "pad"
                ? fields.Integer(element, path, 0, 255) ?? standard
                : fields.Number(element, path, minimum, maximum) ?? standard;
        }

        return colour;
    }

    /// <summary>Writes what reads back the same.</summary>
    public static JsonObject Write(ModelInput input) => new()
    {
        ["name"] = input.Name,
        ["layout"] = ModelWords.Of(ModelWords.InputLayouts, input.Layout),
        ["type"] = ModelWords.Of(ModelWords.InputTypes, input.Type),
        ["width"] = input.Size.Width,
        ["height"] = input.Size.Height,
        ["colour_order"] = ModelWords.Of(ModelWords.ColourOrders, input.IsRgb),
        ["resize"] = ModelWords.Of(ModelWords.ResizeRules, input.Resize),
        ["pad"] = new JsonArray([.. input.Pad.Select(value => JsonValue.Create(value))]),
        ["mean"] = new JsonArray([.. input.Mean.Select(value => JsonValue.Create(value))]),
        ["std"] = new JsonArray([.. input.Std.Select(value => JsonValue.Create(value))]),
    };
}
