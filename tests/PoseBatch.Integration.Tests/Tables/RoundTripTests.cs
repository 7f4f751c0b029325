using PoseBatch.Parquet;
using PoseBatch.Parquet.Compression;

namespace PoseBatch.Tables;

public class RoundTripTests
{
    [Fact]
    public void Whatever_is_written_comes_back_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        for (int seed = 0; seed < 250; seed++)
        {
            Random random = new(seed);
            TableSchema schema = RandomTable.Schema(random);
            string path = folder[$"{seed}.parquet"];
            ParquetWriterOptions options = new()
            {
                Profile = random.Next(2) == 0 ? TableProfile.Compact : TableProfile.Compatible,
                Codec = random.Next(2) == 0 ? null : Enum.GetValues<ParquetCodec>()[random.Next(4)],
            };
            List<TableBlock> written = [];
            using (ParquetFileWriter writer = new(path, schema, options))
            {
                for (int group = random.Next(4); group > 0; group--)
                {
                    TableBlock block = new(schema);
                    RandomTable.Fill(block, random.Next(1, random.Next(2) == 0 ? 40 : 5000), random);
                    writer.WriteRowGroup(block);
                    written.Add(block);
                }

                writer.Finish([new("key", "value 🏃")]);
            }

            using ParquetFileReader reader = new(path);
            Assert.Equal(written.Count, reader.RowGroups.Count);
            Assert.Equal(written.Sum(block => (long)block.RowCount), reader.RowCount);
            Assert.Equal("value 🏃", reader.Metadata["key"]);
            TableBlock read = reader.CreateBlock();
            for (int group = 0; group < written.Count; group++)
            {
                reader.Read(group, read);
                RandomTable.AssertEqual(written[group], read);
            }
        }
    }

    [Theory]
    [InlineData(ParquetFileWriter.MostRowsPerPage - 1)]
    [InlineData(ParquetFileWriter.MostRowsPerPage)]
    [InlineData(ParquetFileWriter.MostRowsPerPage + 1)]
    [InlineData((3 * ParquetFileWriter.MostRowsPerPage) - 7)]
    public void Columns_of_several_pages_come_back_whatever_each_page_holds(int rows)
    {
        using TemporaryFolder folder = new();
        for (int seed = 0; seed < 4; seed++)
        {
            Random random = new(seed);
            TableSchema schema = RandomTable.Schema(random);
            TableBlock block = new(schema);
            RandomTable.FillPageByPage(block, rows, random);
            AssertComesBack(folder[$"{seed}.parquet"], block, new() { Profile = (TableProfile)(seed % 2) });
        }
    }

    [Fact]
    public void Statistics_cover_all_pages_of_a_column()
    {
        const int Rows = (2 * ParquetFileWriter.MostRowsPerPage) + 10;
        using TemporaryFolder folder = new();
        TableSchema schema = new("stats", [new("up", ColumnType.Int32, false, "", ""), new("down", ColumnType.Double, false, "", ""),
            new("late", ColumnType.Float, true, "", ""), new("flag", ColumnType.Boolean, true, "", "")]);
        TableBlock block = new(schema);
        for (int row = 0; row < Rows; row++)
        {
            block.Column<int>("up").Append(row);
            block.Column<double>("down").Append(row == 0 ? double.NaN : -row);
        }

        // The first page has only nulls, the last one the only values.
        block.Column<float>("late").AppendNulls(Rows - 2);
        block.Column<float>("late").Append(8.5f);
        block.Column<float>("late").Append(-1.5f);
        block.Column<bool>("flag").Fill(true, ParquetFileWriter.MostRowsPerPage);
        block.Column<bool>("flag").AppendNulls(Rows - ParquetFileWriter.MostRowsPerPage - 1);
        block.Column<bool>("flag").Append(false);
        string path = folder["stats.parquet"];
        Write(path, block, new());

        using ParquetFileReader reader = new(path);
        IReadOnlyList<ParquetColumnChunk> columns = reader.RowGroups[0].Columns;
        Assert.Equal(BitConverter.GetBytes(0), columns[0].Min);
        Assert.Equal(BitConverter.GetBytes(Rows - 1), columns[0].Max);
        Assert.Equal(BitConverter.GetBytes(1d - Rows), columns[1].Min);
        Assert.Equal(BitConverter.GetBytes(-1d), columns[1].Max);
        Assert.Equal(BitConverter.GetBytes(-1.5f), columns[2].Min);
        Assert.Equal(BitConverter.GetBytes(8.5f), columns[2].Max);
        Assert.Equal(Rows - 2, columns[2].NullCount);
        Assert.Equal([(byte)0], columns[3].Min);
        Assert.Equal([(byte)1], columns[3].Max);
    }

    [Theory]
    [InlineData(ParquetCodec.Uncompressed)]
    [InlineData(ParquetCodec.Snappy)]
    [InlineData(ParquetCodec.Brotli)]
    [InlineData(ParquetCodec.Zstd)]
    public void A_large_row_group_survives_every_codec(ParquetCodec codec)
    {
        using TemporaryFolder folder = new();
        TableSchema schema = new("large", [new("f", ColumnType.Float, true, "", ""), new("d", ColumnType.Double, false, "", ""),
            new("i", ColumnType.Int32, false, "", ""), new("l", ColumnType.Int64, true, "", "")]);
        TableBlock block = new(schema);
        RandomTable.Fill(block, 150_001, new Random(3));
        foreach (TableProfile profile in Enum.GetValues<TableProfile>())
        {
            AssertComesBack(folder[$"{profile}.parquet"], block, new() { Profile = profile, Codec = codec });
        }
    }

    [Fact]
    public void Statistics_leave_NaN_out_and_let_a_zero_be_both_zeros()
    {
        using TemporaryFolder folder = new();
        TableSchema schema = new("stats", [new("zero", ColumnType.Float, true, "", ""), new("nan", ColumnType.Float, false, "", ""),
            new("mixed", ColumnType.Double, false, "", ""), new("word", ColumnType.Text, false, "", "")]);
        TableBlock block = new(schema);
        block.Column<float>("zero").Append(0f);
        block.Column<float>("zero").Append(-0f);
        block.Column<float>("zero").AppendNulls(1);
        block.Column<float>("nan").Fill(float.NaN, 3);
        block.Column<double>("mixed").Append(double.NaN);
        block.Column<double>("mixed").Append(-2.5);
        block.Column<double>("mixed").Append(7.25);
        foreach (string word in new[] { "b", "ä", "a" })
        {
            block.TextColumn("word").Append(block.TextColumn("word").CodeOf(word));
        }

        string path = folder["stats.parquet"];
        Write(path, block, new());

        using ParquetFileReader reader = new(path);
        IReadOnlyList<ParquetColumnChunk> columns = reader.RowGroups[0].Columns;
        Assert.Equal(BitConverter.GetBytes(-0f), columns[0].Min);
        Assert.Equal(BitConverter.GetBytes(0f), columns[0].Max);
        Assert.Equal(1, columns[0].NullCount);
        Assert.Null(columns[1].Min);
        Assert.Null(columns[1].Max);
        Assert.Equal(BitConverter.GetBytes(-2.5), columns[2].Min);
        Assert.Equal(BitConverter.GetBytes(7.25), columns[2].Max);
        Assert.Equal("a"u8.ToArray(), columns[3].Min);
        Assert.Equal("ä"u8.ToArray(), columns[3].Max);
    }

    [Fact]
    public void A_column_of_few_values_gets_a_dictionary_and_one_of_many_does_not()
    {
        using TemporaryFolder folder = new();
        TableSchema schema = new("t", [new("few", ColumnType.Float, false, "", ""), new("many", ColumnType.Float, false, "", "")]);
        TableBlock block = new(schema);
        for (int i = 0; i < 1000; i++)
        {
            block.Column<float>("few").Append(i % 100);
            block.Column<float>("many").Append(i);
        }

        string path = folder["t.parquet"];
        Write(path, block, new());

        using ParquetFileReader reader = new(path);
        Assert.Contains("RleDictionary", reader.RowGroups[0].Columns[0].Encodings);
        Assert.Equal(["ByteStreamSplit", "Rle"], reader.RowGroups[0].Columns[1].Encodings);
    }

    private static void AssertComesBack(string path, TableBlock block, ParquetWriterOptions options)
    {
        Write(path, block, options);
        using ParquetFileReader reader = new(path);
        TableBlock read = reader.CreateBlock();
        reader.Read(0, read);
        RandomTable.AssertEqual(block, read);
    }

    private static void Write(string path, TableBlock block, ParquetWriterOptions options)
    {
        using ParquetFileWriter writer = new(path, block.Schema, options);
        writer.WriteRowGroup(block);
        writer.Finish([]);
    }
}
