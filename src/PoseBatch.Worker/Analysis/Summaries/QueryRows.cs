using System.Collections;
using System.Data.Common;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PoseBatch.Worker.Analysis.Export;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Analysis.Summaries;

/// <summary>Writes the rows of a question, whatever the language of the user.</summary>
internal static class QueryRows
{
    private const string Null = "null";

    /// <summary>Writes all rows that are left in the reader.</summary>
    public static void Write(DbDataReader rows, QueryFormat format, TextWriter output)
    {
        string[] names = Distinct([.. Enumerable.Range(0, rows.FieldCount).Select(rows.GetName)]);
        switch (format)
        {
            case QueryFormat.Csv:
                WriteCsv(rows, names, output);
                break;
            case QueryFormat.Json:
                WriteJson(rows, names, output);
                break;
            case QueryFormat.Table:
                WriteTable(rows, names, output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format.");
        }
    }

    private static void WriteCsv(DbDataReader rows, string[] names, TextWriter output)
    {
        output.Write(string.Join(',', names.Select(CsvText.Field)) + "\r\n");
        while (rows.Read())
        {
            output.Write(string.Join(',', names.Select((_, i) => Value(rows, i) is { } value ? CsvText.Field(Text(value)) : string.Empty)) + "\r\n");
        }
    }

    private static void WriteJson(DbDataReader rows, string[] names, TextWriter output)
    {
        output.Write('[');
        for (bool isFirst = true; rows.Read(); isFirst = false)
        {
            output.Write(isFirst ? string.Empty : ",");
            output.Write(JsonLine.Of(json =>
            {
                json.WriteStartObject();
                for (int i = 0; i < names.Length; i++)
                {
                    json.WritePropertyName(names[i]);
                    WriteJson(json, Value(rows, i));
                }

                json.WriteEndObject();
            }));
        }

        output.WriteLine(']');
    }

    private static void WriteTable(DbDataReader rows, string[] names, TextWriter output)
    {
        List<string[]> lines = [[.. names.Select(Printable.Of)]];
        while (rows.Read())
        {
            lines.Add([.. names.Select((_, i) => Value(rows, i) is { } value ? Printable.Of(Text(value)) : Null)]);
        }

        int[] widths = [.. names.Select((_, i) => lines.Max(line => line[i].Length))];
        lines.Insert(1, [.. widths.Select(width => new string('-', width))]);
        foreach (string[] line in lines)
        {
            output.WriteLine(string.Join("  ", line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private static object? Value(DbDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetValue(column);

    private static string Text(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        double.NaN or float.NaN => "nan",
        double.PositiveInfinity or float.PositiveInfinity => "inf",
        double.NegativeInfinity or float.NegativeInfinity => "-inf",
        Stream bytes => Hexadecimal(bytes),
        IEnumerable => JsonLine.Of(json => WriteJson(json, value)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty,
    };

    private static void WriteJson(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null or DBNull:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger or decimal:
                json.WriteRawValue(Convert.ToString(value, CultureInfo.InvariantCulture)!);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case IDictionary entries:
                json.WriteStartObject();
                foreach (DictionaryEntry entry in entries)
                {
                    json.WritePropertyName(Text(entry.Key));
                    WriteJson(json, entry.Value);
                }

                json.WriteEndObject();
                break;
            case IEnumerable items and not string:
                json.WriteStartArray();
                foreach (object? item in items)
                {
                    WriteJson(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Text(value));
                break;
        }
    }

    private static string Hexadecimal(Stream bytes)
    {
        using MemoryStream copy = new();
        bytes.CopyTo(copy);
        return Convert.ToHexStringLower(copy.ToArray());
    }

    // An object of JSON has each name once: a, a_1, a_2.
    private static string[] Distinct(string[] names)
    {
        HashSet<string> taken = new(StringComparer.Ordinal);
        return
        [
            .. names.Select(name =>
            {
                string free = name;
                for (int i = 1; !taken.Add(free); i++)
                {
                    free = string.Create(CultureInfo.InvariantCulture, $"{name}_{i}");
                }

                return free;
            }),
        ];
    }
}
