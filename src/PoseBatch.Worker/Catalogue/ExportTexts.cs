using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>The texts of a file's metadata, which may hold anything: what cannot be read is left out, with a sentence.</summary>
/// <param name="texts">By name.</param>
internal sealed class ExportTexts(IReadOnlyDictionary<string, string> texts)
{
    private const int MostLetters = 200;

    private readonly List<string> _notes = [];

    /// <summary>What was left out, and what else there is to say, a sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether there is one of that name.</summary>
    public bool Has(string name) => texts.ContainsKey(name);

    /// <summary>Adds a sentence.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    /// <summary>A text for people, fit to be printed; null where there is none, or one that is too long to be one.</summary>
    public string? Words(string name)
    {
        if (!texts.TryGetValue(name, out string? text) || string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (text.Length <= MostLetters)
        {
            return Printable.Of(text.Trim());
        }

        LeaveOut(name, string.Create(CultureInfo.InvariantCulture, $"it has {text.Length:N0} characters, at most {MostLetters} are read"));
        return null;
    }

    /// <summary>What a text stands for, read by <paramref name="read"/> as a literal of Python or JSON; null where there is none, or no such value.</summary>
    /// <param name="name">Of the text.</param>
    /// <param name="read">Takes the value apart; throws a <see cref="FormatException"/> for any it does not want.</param>
    public T? Value<T>(string name, Func<JsonNode?, T> read)
        where T : class => texts.TryGetValue(name, out string? text) ? Try(name, () => read(PythonLiteral.Read(text))) : null;

    /// <summary>What is read of a text; null where that fails.</summary>
    /// <param name="name">Of the text, or of its part.</param>
    /// <param name="read">Throws a <see cref="FormatException"/> for what it does not want.</param>
    public T? Try<T>(string name, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (FormatException fault)
        {
            LeaveOut(name, fault.Message);
            return null;
        }
    }

    /// <summary>Whole numbers in a row.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static int[] Whole(JsonNode? node) => [.. ArrayOf(node).Select(Number)];

    /// <summary>A whole number.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static int Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) && number is >= 0 and <= int.MaxValue
        ? (int)number
        : throw new FormatException("it must hold whole numbers");

    /// <summary>Texts by their number, from 0, as a list or as a dict.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static string[] Names(JsonNode? node)
    {
        IEnumerable<JsonNode?> names = node is JsonObject dict
            ? Enumerable.Range(0, dict.Count).Select(index => dict[index.ToString(CultureInfo.InvariantCulture)])
            : ArrayOf(node);
        return [.. names.Select(name => name is JsonValue value && value.TryGetValue(out string? text) ? text : throw new FormatException("it must hold names numbered from 0"))];
    }

    /// <summary>Names as a skeleton has them: small letters, digits and underscores, each once.</summary>
    /// <exception cref="FormatException">Two become the same.</exception>
    public static string[] Joints(JsonNode? node)
    {
        string[] joints = [.. Names(node).Select(Joint)];
        return joints.Length == 0 || joints.Contains(string.Empty) || joints.Distinct(StringComparer.Ordinal).Count() < joints.Length
            ? throw new FormatException("its names are none, or not told apart by small letters and digits")
            : joints;
    }

    /// <summary>A row.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static JsonArray ArrayOf(JsonNode? node) => node as JsonArray ?? throw new FormatException("it must be a list");

    private static string Joint(string name)
    {
        StringBuilder joint = new(name.Length);
        foreach (char letter in name.Trim())
        {
            joint.Append(char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '_');
        }

        return joint.ToString();
    }

    private void LeaveOut(string name, string why) => Note($"'{name}' is left out: {why}.");
}
