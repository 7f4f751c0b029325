using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>Parquet.Net behind our interface: what goes in comes out, in the layout that docs/table-schema.md promises.</summary>
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
            List<TableBlock> written = [];
            using (ParquetFileWriter writer = new(path, schema, new() { Profile = (TableProfile)random.Next(2) }))
            {
                for (int group = random.Next(4); group > 0; group--)
                {
                    TableBlock block = new(schema);
                    RandomTable.Fill(block, random.Next(1, random.Next(2) == 0 ? 40 : 5000), random);
                    writer.WriteRowGroup(block);
                    written.Add(block);
                }

                writer.Finish([new("key", "value 🏃"), new("posebatch.table", schema.Name)]);
            }

            using ParquetFileReader reader = new(path);
            Assert.Equal(schema.Name, reader.Schema.Name);
            Assert.Equal(schema.Columns.Select(Shape), reader.Schema.Columns.Select(Shape));
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

        static (string, ColumnType, bool) Shape(TableColumn column) => (column.Name, column.Type, column.IsNullable);
    }

    [Theory]
    [InlineData(TableProfile.Compact)]
    [InlineData(TableProfile.Compatible)]
    public void A_large_row_group_comes_back_in_either_profile(TableProfile profile)
    {
        using TemporaryFolder folder = new();
        TableSchema schema = new("large", [new("f", ColumnType.Float, true, "", ""), new("d", ColumnType.Double, false, "", ""),
            new("i", ColumnType.Int32, false, "", ""), new("l", ColumnType.Int64, true, "", ""), new("s", ColumnType.Int16, true, "", ""),
            new("t", ColumnType.Text, true, "", ""), new("b", ColumnType.Boolean, true, "", "")]);
        TableBlock block = new(schema);
        RandomTable.Fill(block, 150_001, new Random(3));
        string path = folder["large.parquet"];
        Write(path, block, profile);

        using ParquetFileReader reader = new(path);
        TableBlock read = reader.CreateBlock();
        reader.Read(0, read);
        RandomTable.AssertEqual(block, read);
    }

    [Fact]
    public void A_column_may_be_called_by_any_name()
    {
        using TemporaryFolder folder = new();
        TableSchema schema = new("names", [new("left.eye/x", ColumnType.Float, true, "", ""), new("überlänge 🏃", ColumnType.Int32, false, "", "")]);
        TableBlock block = new(schema);
        block.Column<float>("left.eye/x").Append(1.5f);
        block.Column<int>("überlänge 🏃").Append(7);
        string path = folder["names.parquet"];
        Write(path, block, TableProfile.Compact);

        using ParquetFileReader reader = new(path);
        TableBlock read = reader.CreateBlock();
        reader.Read(0, read);
        Assert.Equal(schema.Columns.Select(column => column.Name), reader.Schema.Columns.Select(column => column.Name));
        RandomTable.AssertEqual(block, read);
    }

    [Fact]
    public void Each_row_group_says_its_least_and_most_of_frame_and_time_and_its_nulls()
    {
        using TemporaryFolder folder = new();
        TableSchema schema = new("stats", [new("frame", ColumnType.Int32, false, "", ""), new("time", ColumnType.Double, false, "", ""),
            new("track_id", ColumnType.Int32, true, "", ""), new("x", ColumnType.Float, true, "", ""), new("word", ColumnType.Text, false, "", "")]);
        string path = folder["stats.parquet"];
        using (ParquetFileWriter writer = new(path, schema, new()))
        {
            for (int group = 0; group < 2; group++)
            {
                TableBlock block = new(schema);
                for (int row = 0; row < 300; row++)
                {
                    int frame = (group * 100) + (row / 3);
                    block.Column<int>("frame").Append(frame);
                    block.Column<double>("time").Append(frame / 25.0);
                    block.Column<int>("track_id").Append(row % 4 == 0 ? null : 5 - (row % 4));
                    block.Column<float>("x").Append(row % 10 == 0 ? null : row);
                    block.TextColumn("word").Append(block.TextColumn("word").CodeOf("b"));
                }

                writer.WriteRowGroup(block);
            }

            writer.Finish([]);
        }

        using ParquetFileReader reader = new(path);
        for (int group = 0; group < 2; group++)
        {
            IReadOnlyList<ParquetColumnChunk> columns = reader.RowGroups[group].Columns;
            Assert.Equal(BitConverter.GetBytes(group * 100), columns[0].Min);
            Assert.Equal(BitConverter.GetBytes((group * 100) + 99), columns[0].Max);
            Assert.Equal(BitConverter.GetBytes(group * 4.0), columns[1].Min);
            Assert.Equal(BitConverter.GetBytes(((group * 100) + 99) / 25.0), columns[1].Max);
            Assert.Equal(BitConverter.GetBytes(2), columns[2].Min);
            Assert.Equal(BitConverter.GetBytes(4), columns[2].Max);
            Assert.Equal([0L, 0L, 75L, 30L, 0L], columns.Select(column => column.NullCount));
        }
    }

    /// <summary>As the table under "Encoding" in docs/table-schema.md says.</summary>
    [Theory]
    [InlineData(TableProfile.Compact, "Zstd", "PLAIN_DICTIONARY", "DELTA_BINARY_PACKED", "DELTA_BINARY_PACKED", "PLAIN", "BYTE_STREAM_SPLIT", "PLAIN")]
    [InlineData(TableProfile.Compatible, "Snappy", "PLAIN_DICTIONARY", "PLAIN", "PLAIN", "PLAIN", "PLAIN", "PLAIN")]
    public void Each_type_has_the_encoding_of_its_profile(TableProfile profile, string codec, params string[] encodings)
    {
        using TemporaryFolder folder = new();
        TableSchema schema = new("t", [new("word", ColumnType.Text, false, "", ""), new("short", ColumnType.Int16, false, "", ""),
            new("int", ColumnType.Int32, false, "", ""), new("double", ColumnType.Double, false, "", ""), new("float", ColumnType.Float, false, "", ""),
            new("flag", ColumnType.Boolean, false, "", "")]);
        TableBlock block = new(schema);
        for (int row = 0; row < 100; row++)
        {
            block.TextColumn("word").Append(block.TextColumn("word").CodeOf(row % 2 == 0 ? "a" : "b"));
            block.Column<int>("short").Append(row % 17);
            block.Column<int>("int").Append(row);
            block.Column<double>("double").Append(row / 30.0);
            block.Column<float>("float").Append(row * 1.5f);
            block.Column<bool>("flag").Append(row % 2 == 0);
        }

        string path = folder["t.parquet"];
        Write(path, block, profile);

        using ParquetFileReader reader = new(path);
        Assert.Equal(encodings, reader.RowGroups[0].Columns.Select(column => column.Encodings.Single(encoding => encoding != "RLE")));
        Assert.All(reader.RowGroups[0].Columns, column => Assert.Equal(codec, column.Codec));
    }

    /// <summary>In 16 bits the differences of such numbers run over.</summary>
    [Fact]
    public void Short_numbers_far_apart_are_not_written_as_differences()
    {
        using TemporaryFolder folder = new();
        TableBlock block = new(new("t", [new("far", ColumnType.Int16, false, "", ""), new("near", ColumnType.Int16, false, "", "")]));
        for (int row = 0; row < 100; row++)
        {
            block.Column<int>("far").Append(row % 2 == 0 ? short.MinValue : short.MaxValue);
            block.Column<int>("near").Append(row % 2 == 0 ? 0 : short.MaxValue / 2);
        }

        string path = folder["t.parquet"];
        Write(path, block, TableProfile.Compact);

        using ParquetFileReader reader = new(path);
        Assert.Contains("PLAIN", reader.RowGroups[0].Columns[0].Encodings);
        Assert.Contains("DELTA_BINARY_PACKED", reader.RowGroups[0].Columns[1].Encodings);
    }

    [Fact]
    public void Without_its_footer_a_file_is_no_table()
    {
        using TemporaryFolder folder = new();
        TableBlock block = new(new("t", [new("x", ColumnType.Float, false, "", "")]));
        block.Column<float>("x").Append(1);
        string path = folder["t.parquet"];
        using (ParquetFileWriter writer = new(path, block.Schema, new()))
        {
            writer.WriteRowGroup(block);
        }

        Assert.Throws<ParquetFormatException>(() => new ParquetFileReader(path));
    }

    private static void Write(string path, TableBlock block, TableProfile profile)
    {
        using ParquetFileWriter writer = new(path, block.Schema, new() { Profile = profile });
        writer.WriteRowGroup(block);
        writer.Finish([]);
    }
}
