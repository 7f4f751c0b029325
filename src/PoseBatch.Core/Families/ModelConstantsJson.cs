using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>The field <c>input.constants</c> of a <c>model.json</c>.</summary>
internal static class ModelConstantsJson
{
    /// <summary>The length that means the batch.</summary>
    public const string Batch = "batch";

    private const int MaxLength = 65536;

    // Every whole number up to here is exact in a double, as JSON numbers are read.
    private const double MaxWhole = 9007199254740991;

    /// <summary>Reads them; empty where there are none.</summary>
    /// <param name="fields">The section <c>input</c>.</param>
    /// <param name="image">Name of the image tensor.</param>
    public static IReadOnlyList<ModelConstant> Read(JsonFields fields, string image)
    {
        List<ModelConstant> constants = [];
        foreach (JsonFields constant in fields.Objects("constants", required: false))
        {
            ModelConstant read = Read(constant);
            if (read.Name == image || constants.Exists(other => other.Name == read.Name))
            {
                constant.Problem(constant.PathOf("name"), $"tensor \"{read.Name}\" is {(read.Name == image ? "the image" : "given twice")}");
            }

            constants.Add(read);
        }

        return constants;
    }

    /// <summary>Writes what reads back the same.</summary>
    public static JsonArray Write(IEnumerable<ModelConstant> constants) => new([.. constants.Select(constant => new JsonObject
    {
        ["name"] = constant.Name,
        ["type"] = ModelWords.Of(ModelWords.ConstantTypes, constant.Type),
        ["shape"] = new JsonArray([.. constant.Shape.Select(length => length < 0 ? JsonValue.Create(Batch) : JsonValue.Create(length))]),
        ["values"] = new JsonArray([.. constant.Values.Select(value => ValueOf(constant.Type, value))]),
    })]);

    private static JsonValue ValueOf(TensorType type, object value) => value switch
    {
        double number when type == TensorType.Bool => JsonValue.Create(number != 0),
        double number => JsonValue.Create(number),
        _ => JsonValue.Create((string)value),
    };

    private static ModelConstant Read(JsonFields fields)
    {
        string name = fields.Text("name");
        TensorType type = fields.Choice("type", ModelWords.ConstantTypes);
        int[] shape = [.. fields.Array("shape", required: true).Select((element, axis) => ReadLength(fields, element.Element, element.Path, axis))];
        object[] values = [.. fields.Array("values", required: true).Select(element => ReadValue(fields, element.Element, element.Path, type))];
        double count = shape.Where(length => length >= 0).Aggregate(1.0, (product, length) => product * length);
        if (fields.Has("values") && count != values.Length)
        {
            fields.Problem(
                fields.PathOf("values"),
                string.Create(CultureInfo.InvariantCulture, $"must be {count} for that shape{(shape is [-1, ..] ? ", of one image" : "")}, not {values.Length}"));
        }

        fields.Finish();
        return new(name, type, shape, values);
    }

    private static int ReadLength(JsonFields fields, JsonElement element, string path, int axis)
    {
        if (axis == 0 && element.ValueKind == JsonValueKind.String && element.ValueEquals(Batch))
        {
            return -1;
        }

        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int length) && length is >= 1 and <= MaxLength)
        {
            return length;
        }

        string words = $"a whole number from 1 to {MaxLength}{(axis == 0 ? $", or \"{Batch}\"" : "")}";
        fields.Problem(path, $"must be {words}, not {JsonFields.Describe(element)}");
        return 1;
    }

    private static object ReadValue(JsonFields fields, JsonElement element, string path, TensorType type)
    {
        if (type == TensorType.Bool)
        {
            if (element.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                fields.Problem(path, $"must be true or false, not {JsonFields.Describe(element)}");
            }

            return element.ValueKind == JsonValueKind.True ? 1.0 : 0.0;
        }

        if (element.ValueKind == JsonValueKind.String && (element.ValueEquals(ModelConstant.InputWidth) || element.ValueEquals(ModelConstant.InputHeight)))
        {
            return element.GetString()!;
        }

        double most = type switch { TensorType.Int32 => int.MaxValue, TensorType.Int64 => MaxWhole, _ => float.MaxValue };
        if (element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number)
            && Math.Abs(number) <= most && (type == TensorType.Float32 || number % 1 == 0))
        {
            return number;
        }

        string kind = type == TensorType.Float32 ? "a number" : string.Create(CultureInfo.InvariantCulture, $"a whole number up to {most}");
        fields.Problem(path, $"must be {kind}, {ModelConstant.InputWidth} or {ModelConstant.InputHeight}, not {JsonFields.Describe(element)}");
        return 0.0;
    }
}
