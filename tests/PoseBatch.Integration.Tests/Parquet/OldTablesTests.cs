using PoseBatch.Poses;
using PoseBatch.Results;
using PoseBatch.Results.Verification;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Parquet;

/// <summary>Tables of version 1.0, written by PoseBatch's own writer of that time (tests/data/tables-v1), are still read.</summary>
public class OldTablesTests
{
    private static string Folder => Path.Combine(ResultStoreTests.RepositoryRoot(), "tests", "data", "tables-v1");

    [Theory]
    [InlineData("compact")]
    [InlineData("compatible")]
    public void A_result_of_version_1_is_sound(string name)
    {
        ResultInspection inspection = ResultInspector.Inspect(Path.Combine(Folder, name));
        Assert.Empty(inspection.Problems);
        Assert.Equal("1.0", inspection.Tables[0].Metadata["posebatch.schema_version"]);
    }

    [Theory]
    [InlineData("compact")]
    [InlineData("compatible")]
    public void A_result_of_version_1_has_the_rows_of_its_frames(string name)
    {
        // The frames and people it was made of are made again, from the same seed.
        FrameRows rows = new(name, Skeletons.Coco17, isRounded: false, hasRawPositions: true);
        using RowsWriter writer = new(rows);
        SomeResult.Fill(writer, 60, seed: 7, SomeResult.Sequence());

        AssertEqual(rows.Keypoints, Path.Combine(Folder, name, "keypoints.parquet"));
        AssertEqual(rows.Persons, Path.Combine(Folder, name, "persons.parquet"));
        AssertEqual(rows.Frames, Path.Combine(Folder, name, "frames.parquet"));
    }

    [Theory]
    [InlineData("pages-compact.parquet")]
    [InlineData("pages-brotli.parquet")]
    public void Columns_of_several_pages_and_dictionaries_of_numbers_are_read(string name)
    {
        using ParquetFileReader reader = new(Path.Combine(Folder, name));
        Assert.Equal(("pages", 70_000L, "value 🏃"), (reader.Schema.Name, reader.RowCount, reader.Metadata["key"]));
        TableBlock block = reader.CreateBlock();
        reader.Read(0, block);
        for (int row = 0; row < 70_000; row++)
        {
            Assert.Equal(row < 66_000 ? "früh" : "spät", block.TextColumn("word").Text(row));
            Assert.Equal(row / 17, Value<int>("frame", row));
            Assert.Equal(row < 66_000 ? null : row % 3, Value<int>("late", row));
            Assert.Equal(row % 8 / 4f, Value<float>("quarter", row));
            Assert.Equal(row / 17 / 32.0, Value<double>("time", row));
            Assert.Equal(row % 5 == 0 ? null : row * 512L, Value<long>("pts", row));
            Assert.Equal(row % 7 == 0 ? null : (row % 7) - 3, Value<int>("slot", row));
            Assert.Equal(row % 11 == 0 ? null : row % 2 == 0, Value<bool>("even", row));
            Assert.Equal(row % 6 == 0 ? null : row * 0.5f, Value<float>("x", row));
        }

        T? Value<T>(string column, int row)
            where T : unmanaged => block.Column<T>(column) is var values && values.IsNull(row) ? null : values.Values[row];
    }

    private static void AssertEqual(TableBlock expected, string path)
    {
        using ParquetFileReader reader = new(path);
        TableBlock block = reader.CreateBlock();
        long row = 0;
        for (int group = 0; group < reader.RowGroups.Count; group++)
        {
            reader.Read(group, block);
            for (int i = 0; i < block.RowCount; i++, row++)
            {
                foreach (ColumnBuffer column in expected.Columns)
                {
                    ColumnBuffer read = block.Columns[block.Schema.IndexOf(column.Column.Name)];

                    // Both were made without segments, so all is segment 0.
                    Assert.True(RandomTable.Bits(column, (int)row) == RandomTable.Bits(read, i), $"{column.Column.Name} of row {row}");
                }
            }
        }

        Assert.Equal(expected.RowCount, row);
    }

    /// <summary>Keeps rows in memory.</summary>
    private sealed class RowsWriter(FrameRows rows) : IResultWriter
    {
        public string Path => string.Empty;

        public void Write(Frame frame) => rows.Add(frame);

        public void WriteLedgerOnly(in FrameStamp stamp) => rows.AddLedgerOnly(stamp);

        public void WriteTrack(in TrackSummary track)
        {
        }

        public Task CommitSegmentAsync(ReadOnlyMemory<byte> state) => Task.CompletedTask;

        public Task<ResultCounts> CompleteAsync(ResultFacts facts) => Task.FromResult<ResultCounts>(new(0, 0, 0, 0, 0, 0, 0));

        public void Dispose()
        {
        }
    }
}
