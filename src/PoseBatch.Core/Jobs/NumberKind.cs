using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>A finite number (<see cref="double"/>).</summary>
/// <param name="least">The least.</param>
/// <param name="most">The most.</param>
public sealed class NumberKind(double least, double most) : FieldKind
{
    /// <summary>The least.</summary>
    public double Least => least;

    /// <summary>The most.</summary>
    public double Most => most;

    /// <summary>Whether <see cref="Least"/> itself is too little.</summary>
    public bool IsMore { get; init; }

    /// <inheritdoc/>
    public override string Range => IsMore ? FormattableString.Invariant($"more than {least}, at most {most}") : FormattableString.Invariant($"{least} to {most}");

    /// <inheritdoc/>
    public override string ValueName => "S";

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        double? number = fields.Number(element, fields.PathOf(name), least, most);
        if (IsMore && number == least)
        {
            fields.Problem(fields.PathOf(name), string.Create(CultureInfo.InvariantCulture, $"must be more than {least}"));
        }

        return number;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value) => json.WriteNumber(name, (double)value);

    internal override JsonObject Schema(bool required) => new()
    {
        ["type"] = Type("number", required),
        [IsMore ? "exclusiveMinimum" : "minimum"] = least,
        ["maximum"] = most,
    };
}
