using DuckDB.NET.Data;
using ParquetSharp;

namespace PoseBatch.Parquet;

/// <summary>What an engine read of a file.</summary>
/// <param name="RowCount">Rows.</param>
/// <param name="Columns">Nulls and hash (<see cref="ColumnDigest"/>) of each column by name.</param>
internal sealed record ForeignReading(long RowCount, IReadOnlyDictionary<string, (long Nulls, string Hash)> Columns);

/// <summary>Engines that are not ours and share no code: DuckDB, and Arrow C++ through ParquetSharp.</summary>
internal static class IndependentReaders
{
    /// <summary>All of them by name.</summary>
    public static IReadOnlyDictionary<string, Func<string, ForeignReading>> All { get; } = new Dictionary<string, Func<string, ForeignReading>>
    {
        ["DuckDB"] = DuckDb,
        ["Arrow C++"] = Arrow,
    };

    /// <summary>The key-value pairs of a file's footer, as DuckDB finds them.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(string file) =>
        DuckDbAnswers.Ask($"SELECT decode(key), decode(value) FROM parquet_kv_metadata({Literal(file)})").EnumerateArray()
            .ToDictionary(row => row[0].GetString()!, row => row[1].GetString()!);

    private static ForeignReading DuckDb(string file)
    {
        using DuckDBConnection connection = DuckDbAnswers.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM read_parquet({Literal(file)})";
        using DuckDBDataReader rows = command.ExecuteReader();
        ColumnDigest[] digests = [.. Enumerable.Range(0, rows.FieldCount).Select(_ => new ColumnDigest())];
        long count = 0;
        for (; rows.Read(); count++)
        {
            for (int i = 0; i < digests.Length; i++)
            {
                digests[i].Add(rows.GetValue(i));
            }
        }

        return Reading(count, [.. Enumerable.Range(0, digests.Length).Select(rows.GetName)], digests);
    }

    private static ForeignReading Arrow(string file)
    {
        using ParquetSharp.ParquetFileReader reader = new(file);
        SchemaDescriptor schema = reader.FileMetaData.Schema;
        string[] names = [.. Enumerable.Range(0, schema.NumColumns).Select(i => schema.Column(i).Name)];
        ColumnDigest[] digests = [.. names.Select(_ => new ColumnDigest())];
        for (int group = 0; group < reader.FileMetaData.NumRowGroups; group++)
        {
            using RowGroupReader rows = reader.RowGroup(group);
            for (int i = 0; i < names.Length; i++)
            {
                using ColumnReader column = rows.Column(i);
                using LogicalColumnReader values = column.LogicalReader();
                values.Apply(new Digesting(digests[i]));
            }
        }

        return Reading(reader.FileMetaData.NumRows, names, digests);
    }

    private static ForeignReading Reading(long rowCount, string[] names, ColumnDigest[] digests)
    {
        Dictionary<string, (long, string)> columns = [];
        for (int i = 0; i < names.Length; i++)
        {
            using ColumnDigest digest = digests[i];
            columns.Add(names[i], (digest.NullCount, digest.Finish()));
        }

        return new(rowCount, columns);
    }

    private static string Literal(string path) =>
        "'" + path.Replace("'", "''", StringComparison.Ordinal).Replace("[", "[[]", StringComparison.Ordinal) + "'";

    private sealed class Digesting(ColumnDigest digest) : ILogicalColumnReaderVisitor<bool>
    {
        public bool OnLogicalColumnReader<TValue>(LogicalColumnReader<TValue> columnReader)
        {
            foreach (TValue value in columnReader)
            {
                digest.Add(value);
            }

            return true;
        }
    }
}
