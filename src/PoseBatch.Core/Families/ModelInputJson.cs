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
                ColourOrder = ColourOrder.Rgb,
                Resize = ResizeRule.Stretch,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            };
        }

        string name = fields.Text("name");
        TensorLayout layout = fields.Choice("layout", ModelWords.InputLayouts);
        TensorType type = fields.Choice("type", ModelWords.InputTypes);
        PixelSize size = new(fields.Integer("width", 1, MaxSide), fields.Integer("height", 1, MaxSide));
        ColourOrder colourOrder = fields.Choice("colour_order", ModelWords.ColourOrders);
        ModelInput input = new()
        {
            Name = name,
            Layout = layout,
            Type = type,
            Size = size,
            ColourOrder = colourOrder,
            Resize = fields.Choice("resize", ModelWords.ResizeRules),
            Pad = [.. ReadColour(fields, "pad", 0, 255, 0, isGrey: false).Select(value => (byte)value)],
            Mean = [.. ReadColour(fields, "mean", -255, 255, 0, colourOrder == ColourOrder.Grey).Select(value => (float)value)],
            Std = [.. ReadColour(fields, "std", 1e-6, 1e6, 1, colourOrder == ColourOrder.Grey).Select(value => (float)value)],
            Constants = ModelConstantsJson.Read(fields, name),
        };
        if (!input.Type.IsReal() && (input.Mean.Any(value => value != 0) || input.Std.Any(value => value != 1)))
        {
            fields.Problem(fields.Path, "an integer input takes the bytes as they are: mean must be 0 and std 1");
        }

        fields.Finish();
        return input;
    }

    private static double[] ReadColour(JsonFields fields, string name, double minimum, double maximum, double standard, bool isGrey)
    {
        double[] colour = isGrey ? [standard] : [standard, standard, standard];
        if (!fields.Has(name))
        {
            return colour;
        }

        IReadOnlyList<(JsonElement Element, string Path)> elements = fields.Array(name, required: false);
        if (elements.Count != colour.Length)
        {
            fields.Problem(fields.PathOf(name), isGrey ? "must be one number, as the input is grey" : "must be three numbers in the order red, green, blue");
            return colour;
        }

        for (int channel = 0; channel < colour.Length; channel++)
        {
            (JsonElement element, string path) = elements[channel];
            colour[channel] = name == "pad"
                ? fields.Integer(element, path, 0, 255) ?? standard
                : fields.Number(element, path, minimum, maximum) ?? standard;
        }

        return colour;
    }

    /// <summary>Writes what reads back the same.</summary>
    public static JsonObject Write(ModelInput input)
    {
        JsonObject written = WritePicture(input);
        if (input.Constants.Count > 0)
        {
            written["constants"] = ModelConstantsJson.Write(input.Constants);
        }

        return written;
    }

    private static JsonObject WritePicture(ModelInput input) => new()
    {
        ["name"] = input.Name,
        ["layout"] = ModelWords.Of(ModelWords.InputLayouts, input.Layout),
        ["type"] = ModelWords.Of(ModelWords.InputTypes, input.Type),
        ["width"] = input.Size.Width,
        ["height"] = input.Size.Height,
        ["colour_order"] = ModelWords.Of(ModelWords.ColourOrders, input.ColourOrder),
        ["resize"] = ModelWords.Of(ModelWords.ResizeRules, input.Resize),
        ["pad"] = new JsonArray([.. input.Pad.Select(value => JsonValue.Create(value))]),
        ["mean"] = new JsonArray([.. input.Mean.Select(value => JsonValue.Create(value))]),
        ["std"] = new JsonArray([.. input.Std.Select(value => JsonValue.Create(value))]),
    };
}
