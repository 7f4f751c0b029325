using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace PoseBatch.Worker.Catalogue;

/// <summary>
/// Reads what Python prints of a dict, list, tuple, number, text or constant, which is how exporters write their metadata. JSON is read,
/// too: its texts and numbers are Python's, and its three words are known. Nothing is evaluated.
/// </summary>
internal sealed class PythonLiteral
{
    /// <summary>Longer texts are refused; the class names of a thousand classes take a quarter of it.</summary>
    public const int MostCharacters = 65_536;

    private const int MostDepth = 8;

    private readonly string _text;
    private int _at;

    private PythonLiteral(string text) => _text = text;

    /// <summary>The value; a tuple is an array, keys of a dict are texts, <c>None</c> is null.</summary>
    /// <exception cref="FormatException">It is none, too long or too deep; the message says what is wrong.</exception>
    public static JsonNode? Read(string text)
    {
        if (text.Length > MostCharacters)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"it has {text.Length:N0} characters, at most {MostCharacters:N0} are read"));
        }

        PythonLiteral reader = new(text);
        JsonNode? value = reader.Value(0);
        return reader.Next() is null ? value : throw reader.Wrong();
    }

    private JsonNode? Value(int depth)
    {
        if (depth > MostDepth)
        {
            throw new FormatException($"more than {MostDepth} brackets stand within each other");
        }

        return Next() switch
        {
            '{' => Dict(depth + 1),
            '[' => Items(']', depth + 1),
            '(' => Items(')', depth + 1),
            '\'' or '"' => Text(),
            '-' or '+' or '.' or (>= '0' and <= '9') => Number(),
            _ => Word(),
        };
    }

    private JsonObject Dict(int depth)
    {
        _at++;
        JsonObject dict = [];
        while (Next() != '}')
        {
            string key = Value(MostDepth)?.ToString() ?? throw Wrong();
            Take(':');
            JsonNode? value = Value(depth);
            if (!dict.TryAdd(key, value))
            {
                throw new FormatException($"a key stands there twice, before character {_at}");
            }

            if (Next() != '}')
            {
                Take(',');
            }
        }

        _at++;
        return dict;
    }

    private JsonArray Items(char end, int depth)
    {
        _at++;
        JsonArray items = [];
        while (Next() != end)
        {
            items.Add(Value(depth));
            if (Next() != end)
            {
                Take(',');
            }
        }

        _at++;
        return items;
    }

    private JsonValue Text()
    {
        char quote = _text[_at++];
        StringBuilder text = new();
        for (; _at < _text.Length && _text[_at] != quote; _at++)
        {
            text.Append(_text[_at] == '\\' ? Escaped() : _text[_at]);
        }

        _at++;
        string whole = text.ToString();
        bool isUnicode = !whole.EnumerateRunes().Contains(Rune.ReplacementChar);
        return _at <= _text.Length && isUnicode ? JsonValue.Create(whole) : throw Wrong();
    }

    private char Escaped()
    {
        _at++;
        char kind = _at < _text.Length ? _text[_at] : throw Wrong();
        int digits = kind switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (digits == 0)
        {
            return kind switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '\\' or '\'' or '"' or '/' => kind, _ => throw Wrong() };
        }

        string code = _at + digits < _text.Length ? _text.Substring(_at + 1, digits) : throw Wrong();
        _at += digits;
        return ushort.TryParse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value) ? (char)value : throw Wrong();
    }

    private JsonValue Number()
    {
        int begin = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '-' or '+' or '.' or 'e' or 'E'))
        {
            _at++;
        }

        ReadOnlySpan<char> number = _text.AsSpan(begin, _at - begin);
        return long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? JsonValue.Create(whole)
            : double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real) ? JsonValue.Create(real)
            : throw Wrong();
    }

    private JsonValue? Word()
    {
        int begin = _at;
        while (_at < _text.Length && char.IsAsciiLetter(_text[_at]))
        {
            _at++;
        }

        return _text[begin.._at] switch
        {
            "True" or "true" => JsonValue.Create(true),
            "False" or "false" => JsonValue.Create(false),
            "None" or "null" => null,
            _ => throw Wrong(),
        };
    }

    // What stands next; null at the end.
    private char? Next()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }

        return _at < _text.Length ? _text[_at] : null;
    }

    private void Take(char wanted)
    {
        if (Next() != wanted)
        {
            throw Wrong();
        }

        _at++;
    }

    private FormatException Wrong() => new($"it is neither a literal of Python nor JSON at character {Math.Min(_at, _text.Length)}");
}
