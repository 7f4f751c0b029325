using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>A whole number (<see cref="long"/>); 5.0 is one, too.</summary>
/// <param name="least">The least.</param>
/// <param name="most">The most, at most <see cref="Largest"/>.</param>
public sealed class WholeKind(long least, long most) : FieldKind
{
    /// <summary>The largest whole number that every reader of JSON keeps exactly: 2^53.</summary>
    public const long Largest = 1L << 53;

    /// <summary>The least.</summary>
    public long Least => least;

    /// <summary>The most.</summary>
    public long Most => most;

    /// <inheritdoc/>
    public override string Range => most < Largest ? FormattableString.Invariant($"{least} to {most}") : FormattableString.Invariant($"{least} or more");

    /// <inheritdoc/>
    public override string ValueName => "N";

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        if (element.ValueKind == JsonValueKind.Number
            && (element.TryGetInt64(out long number) || (element.TryGetDouble(out double real) && Math.Abs(real) <= Largest && (number = (long)real) == real))
            && number >= least && number <= most)
        {
            return number;
        }

        Problem(fields, name, element, least == most ? $"{least}" : $"a whole number from {least} to {most}");
        return null;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value) => json.WriteNumber(name, (long)value);

    internal override JsonObject Schema(bool required) => new() { ["type"] = Type("integer", required), ["minimum"] = least, ["maximum"] = most };
}
