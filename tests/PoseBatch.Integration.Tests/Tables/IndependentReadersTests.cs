using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PoseBatch.Parquet;
using PoseBatch.Parquet.Compression;
using PoseBatch.Parquet.Results;

namespace PoseBatch.Tables;

/// <summary>
/// What DuckDB, hyparquet, arrow-rs and Polars read must be, value for value, what was written: tests/readers/read.mjs hashes
/// every column, and so does this class.
/// </summary>
public sealed class IndependentReadersTests(ReaderScript script) : IClassFixture<ReaderScript>
{
    private static readonly string[] Readers = ["duckdb", "hyparquet", "arrow_rs", "polars"];

    [Fact]
    public void Four_readers_agree_with_us_on_a_result_in_both_profiles()
    {
        script.SkipOrFail();
        using TemporaryFolder root = new();
        List<string> files = [];
        foreach (TableProfile profile in Enum.GetValues<TableProfile>())
        {
            foreach (bool rounded in new[] { false, true })
            {
                using IResultWriter writer = new ParquetResultStore().Begin(
                    SomeResult.TrackedRequest(root.File($"{profile}{rounded}")) with { Tables = new() { Profile = profile, Rounded = rounded, RowGroupRows = 3000 } });
                SomeResult.Fill(writer, 400, seed: 5, SomeResult.Sequence());
                files.AddRange(Directory.GetFiles(writer.Path, "*.parquet"));
            }
        }

        Compare(files);
    }

    [Fact]
    public void Four_readers_agree_with_us_on_random_tables()
    {
        script.SkipOrFail();
        using TemporaryFolder root = new();
        List<string> files = [];
        for (int seed = 1000; seed < 1040; seed++)
        {
            Random random = new(seed);
            TableSchema schema = RandomTable.Schema(random);
            string path = root.File($"{seed}.parquet");
            ParquetCodec? codec = random.Next(2) == 0 ? null : Enum.GetValues<ParquetCodec>()[random.Next(4)];
            using ParquetFileWriter writer = new(path, schema, new() { Profile = (TableProfile)random.Next(2), Codec = codec });
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
    public void Four_readers_agree_with_us_on_columns_of_several_pages()
    {
        script.SkipOrFail();
        using TemporaryFolder root = new();
        List<string> files = [];
        for (int seed = 2000; seed < 2004; seed++)
        {
            Random random = new(seed);
            TableSchema schema = RandomTable.Schema(random);
            string path = root.File($"{seed}.parquet");
            using ParquetFileWriter writer = new(path, schema, new() { Profile = (TableProfile)(seed % 2) });
            TableBlock block = new(schema);
            RandomTable.FillPageByPage(block, random.Next(ParquetFileWriter.MostRowsPerPage, 3 * ParquetFileWriter.MostRowsPerPage), random);
            writer.WriteRowGroup(block);
            writer.Finish([]);
            files.Add(path);
        }

        Compare(files);
    }

    [Fact]
    public void DuckDB_finds_our_metadata()
    {
        script.SkipOrFail();
        using TemporaryFolder root = new();
        using IResultWriter writer = new ParquetResultStore().Begin(SomeResult.Request(root.Path, "/v/überlänge 🏃.mp4"));
        SomeResult.Fill(writer, 30);
        string file = Path.Combine(writer.Path, "keypoints.parquet");
        using JsonDocument report = script.Read([file]);
        using ParquetFileReader reader = new(file);
        Dictionary<string, string?> seen = report.RootElement.GetProperty(file).GetProperty("duckdb").GetProperty("metadata")
            .EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetString());
        Assert.Equal(reader.Metadata.OrderBy(pair => pair.Key), seen.OrderBy(pair => pair.Key).Select(pair => new KeyValuePair<string, string>(pair.Key, pair.Value!)));
    }

    private void Compare(List<string> files)
    {
        using JsonDocument report = script.Read(files);
        foreach (string file in files)
        {
            using ParquetFileReader reader = new(file);
            List<(string Name, long Nulls, string Hash)> expected = Hash(reader);
            foreach (string name in Readers)
            {
                JsonElement seen = report.RootElement.GetProperty(file).GetProperty(name);
                Assert.False(seen.TryGetProperty("error", out JsonElement error), $"{name} on {file}: {error}");
                Assert.Equal(reader.RowCount, seen.GetProperty("rows").GetInt64());
                foreach ((string column, long nulls, string hash) in expected)
                {
                    JsonElement one = seen.GetProperty("columns").GetProperty(column);
                    Assert.True(nulls == one.GetProperty("nulls").GetInt64() && hash == one.GetProperty("hash").GetString(), $"{name} reads column {column} of {file} differently.");
                }
            }
        }
    }

    /// <summary>The hash that read.mjs describes. Our own reader is held to the source data by the round trips.</summary>
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

    // JavaScript's NaN has a positive sign, .NET's a negative one.
    private static void WriteDouble(byte[] bytes, double value) =>
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), double.IsNaN(value) ? 0x7FF8000000000000 : BitConverter.DoubleToInt64Bits(value));
}

/// <summary>Finds node, installs the readers once if nobody has, and runs the script.</summary>
public sealed class ReaderScript
{
    private readonly string _folder = Path.Combine(ResultStoreTests.RepositoryRoot(), "tests", "readers");
    private readonly string? _missing;

    public ReaderScript()
    {
        _missing = !TryRun("node", ["--version"], out _) ? "node is not installed"
            : !Directory.Exists(Path.Combine(_folder, "node_modules")) && !TryRun("npm", ["ci"], out string output) ? $"npm ci failed: {output}"
            : null;
    }

    /// <summary>Without node there is nothing to compare with; where everything must be checked that is a failure.</summary>
    public void SkipOrFail()
    {
        if (_missing is not null && Environment.GetEnvironmentVariable("CI") is { Length: > 0 })
        {
            Assert.Fail($"The independent readers cannot run: {_missing}.");
        }

        Assert.SkipWhen(_missing is not null, _missing ?? string.Empty);
    }

    public JsonDocument Read(IEnumerable<string> files)
    {
        Assert.True(TryRun("node", ["read.mjs", .. files], out string output), output);
        return JsonDocument.Parse(output);
    }

    /// <summary>What DuckDB answers to one question: rows of values, whole numbers as text.</summary>
    public JsonElement Ask(string sql)
    {
        Assert.True(TryRun("node", ["sql.mjs", sql], out string output), output);
        using JsonDocument rows = JsonDocument.Parse(output);
        return rows.RootElement.Clone();
    }

    private bool TryRun(string program, string[] arguments, out string output)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = _folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            output = process.ExitCode == 0 ? output : output + errors.Result;
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            output = fault.Message;
            return false;
        }
    }
}
