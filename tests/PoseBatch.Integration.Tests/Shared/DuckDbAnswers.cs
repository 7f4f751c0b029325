using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using DuckDB.NET.Data;

namespace PoseBatch;

/// <summary>DuckDB for the tests: an engine that is not ours, asked about the files that are.</summary>
internal static class DuckDbAnswers
{
    /// <summary>A new, empty one in memory.</summary>
    public static DuckDBConnection Open()
    {
        DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand threads = connection.CreateCommand();
        threads.CommandText = "SET threads = 1";
        threads.ExecuteNonQuery();
        return connection;
    }

    /// <summary>The rows of one question, an array of values each; whole numbers of 64 bits and more as text.</summary>
    public static JsonElement Ask(string sql)
    {
        using DuckDBConnection connection = Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using DuckDBDataReader rows = command.ExecuteReader();
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartArray();
            while (rows.Read())
            {
                json.WriteStartArray();
                for (int i = 0; i < rows.FieldCount; i++)
                {
                    object value = rows.GetValue(i);
                    Write(json, value is long or ulong or BigInteger ? Convert.ToString(value, CultureInfo.InvariantCulture) : value);
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <summary>A value as JSON has it; NaN and infinities, for which it has no form, as text.</summary>
    public static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null or DBNull:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger:
                json.WriteRawValue(Convert.ToString(value, CultureInfo.InvariantCulture)!);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue((double)number);
                break;
            case IEnumerable items and not string:
                json.WriteStartArray();
                foreach (object? item in items)
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
