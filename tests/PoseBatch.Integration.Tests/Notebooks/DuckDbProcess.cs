using System.Buffers;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;

namespace PoseBatch.Notebooks;

/// <summary>
/// DuckDB for tests in languages that have none here (notebooks/tests/bridge.py): every line of the input is a statement as a JSON
/// string, every line of the output its rows, column by column,
/// <c>{"columns": [{"name": "...", "type": "..."}], "values": [[...], ...]}</c>, or <c>{"error": "..."}</c>.
/// </summary>
internal static class DuckDbProcess
{
    /// <summary>The argument that starts the tests' program as this.</summary>
    public const string Role = "--duckdb";

    /// <summary>Answers until the input ends.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(TextReader input, TextWriter output)
    {
        using DuckDBConnection connection = DuckDbAnswers.Open();
        while (input.ReadLine() is { } line)
        {
            output.WriteLine(Answer(connection, JsonSerializer.Deserialize<string>(line)!));
            output.Flush();
        }

        return 0;
    }

    private static string Answer(DuckDBConnection connection, string sql)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            try
            {
                using DuckDBCommand command = connection.CreateCommand();
                command.CommandText = sql;
                using DuckDBDataReader rows = command.ExecuteReader();
                List<object>[] values = [.. Enumerable.Range(0, rows.FieldCount).Select(_ => new List<object>())];
                while (rows.Read())
                {
                    for (int i = 0; i < values.Length; i++)
                    {
                        values[i].Add(rows.GetValue(i));
                    }
                }

                json.WriteStartObject();
                json.WriteStartArray("columns");
                for (int i = 0; i < values.Length; i++)
                {
                    string type = rows.GetDataTypeName(i).ToUpperInvariant();
                    json.WriteStartObject();
                    json.WriteString("name", rows.GetName(i));
                    json.WriteString("type", type == "DECIMAL" ? "DOUBLE" : type);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WritePropertyName("values");
                DuckDbAnswers.Write(json, values);
                json.WriteEndObject();
            }
            catch (DuckDBException wrong)
            {
                json.Reset(buffer);
                buffer.ResetWrittenCount();
                json.WriteStartObject();
                json.WriteString("error", wrong.Message);
                json.WriteEndObject();
            }
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
