using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>What a field of a job may hold: how its values are read, written and described. Immutable.</summary>
public abstract class FieldKind
{
    /// <summary>What may stand there, in a few words: <c>1 to 1000</c>, <c>auto, cpu, cuda or tensorrt</c>; empty where the help says it all.</summary>
    public virtual string Range => string.Empty;

    /// <summary>What stands for a value in the help of the command line, for example <c>N</c>.</summary>
    public virtual string ValueName => "TEXT";

    /// <summary>The value; null, and a problem, when the element holds none of this kind.</summary>
    /// <param name="element">What stands in the JSON; never null.</param>
    /// <param name="name">The field's name in its object.</param>
    /// <param name="fields">The object; receives problems.</param>
    /// <param name="strict">Whether a text that is too long is a problem.</param>
    internal abstract object? Read(JsonElement element, string name, JsonFields fields, bool strict);

    /// <summary>Writes a value under a name.</summary>
    internal abstract void Write(Utf8JsonWriter json, string name, object value);

    /// <summary>The words of JSON Schema (2020-12) for a value of this kind.</summary>
    /// <param name="required">Whether null is not allowed.</param>
    internal abstract JsonObject Schema(bool required);

    private protected static void Problem(JsonFields fields, string name, JsonElement element, string wanted, string hint = "") =>
        fields.Problem(fields.PathOf(name), $"must be {wanted}, not {JsonFields.Describe(element)}{hint}");

    private protected static JsonNode Type(string type, bool required) => required ? type : new JsonArray(type, "null");
}
