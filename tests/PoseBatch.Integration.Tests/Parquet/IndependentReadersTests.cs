using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PoseBatch.Results;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>
/// What DuckDB and Arrow C++ read must be, value for value, what was written: <see cref="ColumnDigest"/> hashes every column as
/// they see it, and this class as we do.
/// </summary>
public sealed class IndependentReadersTests
{
    [Fact]
    public void Two_engines_agree_with_us_on_a_result_in_both_profiles()
    {
        using TemporaryFolder root = new();
        List<string> files = [];
        foreach (TableProfile profile in Enum.GetValues<TableProfile>())
        {
            foreach (bool rounded in new[] { false, true })
            {
                using IResultWriter writer = new ParquetResultStore().Begin(
                    SomeResult.TrackedRequest(root[$"{profile}{rounded}"]) with { Tables = new() { Profile = profile, Rounded = rounded, RowGroupRows = 3000 } });
                SomeResult.Fill(writer, 400, seed: 5, SomeResult.Sequence());
                files.AddRange(Directory.GetFiles(writer.Path, "*.parquet"));
            }
        }

        Compare(files);
    }

    [Fact]
    public void Two_engines_agree_with_us_on_random_tables()
    {
        using TemporaryFolder root = new();
        List<string> files = [];
        for (int seed = 1000; seed < 1040; seed++)
        {
            Random random = new(seed);
            TableSchema schema = RandomTable.Schema(random);
            string path = root[$"{seed}.parquet"];
            using ParquetFileWriter writer = new(path, schema, new() { Profile = (TableProfile)random.Next(2) });
            for (int group = random.Next(1, 4); group > 0; group--)
            {
                TableBlock block = new(schema);
                RandomTable.Fill(block, random.Next(1, 2000), random);
                writer.WriteRowGroup(block);
            }

            writer.Finish([new("seed", $"{seed}")]);
            files.Add(path);
        }

        Compare(files);
    }

    [Fact]
    public void Two_engines_agree_with_us_on_large_row_groups()
    {
        using TemporaryFolder root = new();
        List<string> files = [];
        for (int seed = 2000; seed < 2004; seed++)
        {
            Random random = new(seed);
            TableSchema schema = RandomTable.Schema(random);
            string path = root[$"{seed}.parquet"];
            using ParquetFileWriter writer = new(path, schema, new() { Profile = (TableProfile)(seed % 2) });
            TableBlock block = new(schema);
            RandomTable.Fill(block, random.Next(65_000, 200_000), random);
            writer.WriteRowGroup(block);
            writer.Finish([]);
            files.Add(path);
        }

        Compare(files);
    }

    /// <summary>The statistics of such a column must not make a zero of it.</summary>
    [Theory]
    [InlineData(TableProfile.Compact)]
    [InlineData(TableProfile.Compatible)]
    public void DuckDB_finds_no_least_value_in_columns_of_nothing_but_nulls(TableProfile profile)
    {
        using TemporaryFolder root = new();
        ColumnType[] types = Enum.GetValues<ColumnType>();
        TableBlock block = new(new("nulls", [.. types.Select(type => new TableColumn($"c{(int)type}", type, true, "", ""))]));
        foreach (ColumnBuffer column in block.Columns)
        {
            column.AppendNulls(1000);
        }

        string path = root["nulls.parquet"];
        using (ParquetFileWriter writer = new(path, block.Schema, new() { Profile = profile }))
        {
            writer.WriteRowGroup(block);
            writer.Finish([]);
        }

        foreach (ColumnType type in types)
        {
            JsonElement row = DuckDbAnswers.Ask(
                $"SELECT min(c{(int)type}) IS NULL AS a, max(c{(int)type}) IS NULL AS b, count(*) FILTER (c{(int)type} IS NULL) = 1000 AS c FROM '{path}'")[0];
            Assert.True(row.EnumerateArray().All(value => value.ToString() is "true" or "True"), $"{type}: {row}");
        }

        Compare([path]);
    }

    [Fact]
    public void DuckDB_finds_our_metadata()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = new ParquetResultStore().Begin(SomeResult.Request(root.Path, "/v/überlänge 🏃.mp4"));
        SomeResult.Fill(writer, 30);
        string file = Path.Combine(writer.Path, "keypoints.parquet");
        using ParquetFileReader reader = new(file);
        Assert.Equal(reader.Metadata.OrderBy(pair => pair.Key), IndependentReaders.Metadata(file).OrderBy(pair => pair.Key));
    }

    private static void Compare(List<string> files)
    {
        foreach (string file in files)
        {
            using ParquetFileReader reader = new(file);
            List<(string Name, long Nulls, string Hash)> expected = Hash(reader);
            foreach ((string engine, Func<string, ForeignReading> read) in IndependentReaders.All)
            {
                ForeignReading seen = read(file);
                Assert.Equal(reader.RowCount, seen.RowCount);
                foreach ((string column, long nulls, string hash) in expected)
                {
                    Assert.True((nulls, hash) == seen.Columns[column], $"{engine} reads column {column} of {file} differently.");
                }
            }
        }
    }

    /// <summary>The hash that <see cref="ColumnDigest"/> describes. Our own reader is held to the source data by the round trips.</summary>
    private static List<(string Name, long Nulls, string Hash)> Hash(ParquetFileReader reader)
    {
        List<(string, long, string)> columns = [];
        for (int c = 0; c < reader.Schema.Columns.Count; c++)
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            ColumnBuffer buffer = ColumnBuffer.Create(reader.Schema.Columns[c]);
            long nulls = 0;
            for (int group = 0; group < reader.RowGroups.Count; group++)
            {
                reader.Read(group, c, buffer);
                for (int row = 0; row < buffer.Count; row++)
                {
                    nulls += buffer.IsNull(row) ? 1 : 0;
                    hash.AppendData(Bytes(buffer, row));
                }
            }

            columns.Add((reader.Schema.Columns[c].Name, nulls, Convert.ToHexStringLower(hash.GetHashAndReset())));
        }

        return columns;
    }

    private static byte[] Bytes(ColumnBuffer column, int row)
    {
        if (column.IsNull(row))
        {
            return [0];
        }

        byte[] bytes = new byte[9];
        bytes[0] = 1;
        switch (column)
        {
            case TextColumnBuffer text:
                byte[] word = Encoding.UTF8.GetBytes(text.Text(row)!);
                return [1, .. BitConverter.GetBytes(word.Length), .. word];
            case ColumnBuffer<bool> flags:
                return [1, flags.Values[row] ? (byte)1 : (byte)0];
            case ColumnBuffer<int> ints:
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), ints.Values[row]);
                break;
            case ColumnBuffer<long> longs:
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), longs.Values[row]);
                break;
            case ColumnBuffer<float> floats:
                WriteDouble(bytes, floats.Values[row]);
                break;
            case ColumnBuffer<double> doubles:
                WriteDouble(bytes, doubles.Values[row]);
                break;
        }

        return bytes;
    }

    // NaN has one form, whoever made it.
    private static void WriteDouble(byte[] bytes, double value) =>
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), double.IsNaN(value) ? 0x7FF8000000000000 : BitConverter.DoubleToInt64Bits(value));
}
