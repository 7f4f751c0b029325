using System.Globalization;
using System.Text.Json;

namespace PoseBatch.Json;

/// <summary>
/// Reads the fields of one JSON object strictly and collects every problem with its path instead of stopping at the first.
/// A field that is not asked for is a problem, unless its name starts with <c>x_</c>. Values asked for after a problem are
/// stand-ins: whoever reads must look at the problems before using anything. The path of the outermost object may be empty.
/// </summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<string> _problems;

    public JsonFields(JsonElement element, string path, List<string> problems)
    {
        Path = path;
        _problems = problems;
        if (element.ValueKind != JsonValueKind.Object)
        {
            Problem(path.Length > 0 ? path : "the text", $"must be an object, not {Describe(element)}");
            return;
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!_fields.TryAdd(property.Name, property.Value))
            {
                Problem(PathOf(property.Name), "stands there twice");
            }
        }
    }

    public string Path { get; }

    public IEnumerable<string> Names => _fields.Keys.Where(name => !IsForeign(name));

    public string PathOf(string name) => Path.Length > 0 ? $"{Path}.{name}" : name;

    public void Problem(string path, string words) => _problems.Add($"{path}: {words}");

    public bool Has(string name)
    {
        _known.Add(name);
        return _fields.ContainsKey(name);
    }

    /// <summary>The element, or null when it is absent; absence is a problem when it is required.</summary>
    public JsonElement? Element(string name, bool required)
    {
        if (Has(name))
        {
            return _fields[name];
        }

        if (required)
        {
            Problem(PathOf(name), "is missing");
        }

        return null;
    }

    public JsonFields? Object(string name, bool required) =>
        Element(name, required) is { } element ? new JsonFields(element, PathOf(name), _problems) : null;

    public string Text(string name, string? standard = null)
    {
        if (Element(name, standard is null) is not { } element)
        {
            return standard ?? "";
        }

        if (element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        Problem(PathOf(name), $"must be a text that is not empty, not {Describe(element)}");
        return standard ?? "";
    }

    public T Choice<T>(string name, IReadOnlyDictionary<string, T> choices)
    {
        if (Element(name, required: true) is { } element)
        {
            if (element.ValueKind == JsonValueKind.String && choices.TryGetValue(element.GetString()!, out T? choice))
            {
                return choice;
            }

            Problem(PathOf(name), $"must be one of {string.Join(", ", choices.Keys)}, not {Describe(element)}");
        }

        return choices.Values.First();
    }

    public double Number(string name, double minimum, double maximum, double? standard = null)
    {
        if (Element(name, standard is null) is not { } element)
        {
            return standard ?? minimum;
        }

        return Number(element, PathOf(name), minimum, maximum) ?? standard ?? minimum;
    }

    public double? Number(JsonElement element, string path, double minimum, double maximum)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number)
            && double.IsFinite(number) && number >= minimum && number <= maximum)
        {
            return number;
        }

        Problem(path, string.Create(CultureInfo.InvariantCulture, $"must be a number from {minimum} to {maximum}, not {Describe(element)}"));
        return null;
    }

    public int Integer(string name, int minimum, int maximum) =>
        Element(name, required: true) is { } element ? Integer(element, PathOf(name), minimum, maximum) ?? minimum : minimum;

    public int? Integer(JsonElement element, string path, int minimum, int maximum)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number >= minimum && number <= maximum)
        {
            return number;
        }

        Problem(
            path,
            string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {minimum} to {maximum}, not {Describe(element)}"));
        return null;
    }

    /// <summary>Whether a flag is set; false when it is absent.</summary>
    public bool Flag(string name)
    {
        if (Element(name, required: false) is not { } element)
        {
            return false;
        }

        if (element.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Problem(PathOf(name), $"must be true or false, not {Describe(element)}");
        }

        return element.ValueKind == JsonValueKind.True;
    }

    /// <summary>The elements of an array with their paths; empty, and a problem, when it is something else.</summary>
    public IReadOnlyList<(JsonElement Element, string Path)> Array(string name, bool required)
    {
        if (Element(name, required) is not { } element)
        {
            return [];
        }

        if (element.ValueKind != JsonValueKind.Array)
        {
            Problem(PathOf(name), $"must be an array, not {Describe(element)}");
            return [];
        }

        return Elements(element, PathOf(name));
    }

    /// <summary>The objects of an array; each must be finished by whoever reads it.</summary>
    public IEnumerable<JsonFields> Objects(string name, bool required) =>
        Array(name, required).Select(one => new JsonFields(one.Element, one.Path, _problems));

    public static IReadOnlyList<(JsonElement Element, string Path)> Elements(JsonElement array, string path) =>
        [.. array.EnumerateArray().Select((element, index) => (element, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]")))];

    /// <summary>Names every field nobody asked for. Call once, after the last read.</summary>
    public void Finish()
    {
        foreach (string name in _fields.Keys.Where(name => !_known.Contains(name) && !IsForeign(name)))
        {
            string known = string.Join(", ", _known.Order(StringComparer.Ordinal));
            string hint = Spelling.Nearest(name, _known) is { } meant ? $"; did you mean {meant}?" : string.Empty;
            Problem(PathOf(name), $"is not known here; known are {known} (names that start with x_ are free){hint}");
        }
    }

    public static string Describe(JsonElement element)
    {
        string text = element.GetRawText();
        return text.Length <= 40 ? text : $"{text.AsSpan(0, 40)}...";
    }

    private static bool IsForeign(string name) => name.StartsWith("x_", StringComparison.Ordinal);
}
