using PoseBatch.Parquet;
using PoseBatch.Results.Format;
using PoseBatch.Results.Verification;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;

namespace PoseBatch.Results;

public class ResultInspectorTests
{
    [Fact]
    public void A_missing_table_a_flipped_byte_and_a_missing_manifest_are_all_named()
    {
        using TemporaryFolder root = new();
        string path = Make(root);
        File.Delete(Path.Combine(path, "persons.parquet"));
        Flip(Path.Combine(path, "keypoints.parquet"), 2000);
        File.Delete(Path.Combine(path, "manifest.json"));

        ResultInspection inspection = ResultInspector.Inspect(path);

        Assert.False(inspection.IsSound);
        Assert.Contains(inspection.Problems, problem => problem is { Code: "file_missing", File: "persons.parquet" });
        Assert.Contains(inspection.Problems, problem => problem is { Code: "file_missing", File: "manifest.json" });
    }

    [Fact]
    public void A_flipped_byte_is_found_by_the_hash_in_the_manifest()
    {
        using TemporaryFolder root = new();
        string path = Make(root);
        Flip(Path.Combine(path, "keypoints.parquet"), 5000);

        ResultInspection inspection = ResultInspector.Inspect(path);

        Assert.False(inspection.IsSound);
        Assert.Contains(inspection.Problems, problem => problem is { Code: "hash_differs", File: "keypoints.parquet" });
    }

    [Fact]
    public void A_cut_file_is_called_no_table()
    {
        using TemporaryFolder root = new();
        string path = Make(root);
        string file = Path.Combine(path, "frames.parquet");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^100]);
        Assert.Contains(ResultInspector.Inspect(path).Problems, problem => problem is { Code: "file_unreadable", File: "frames.parquet" });
    }

    [Fact]
    public void A_changed_count_in_the_manifest_is_found()
    {
        using TemporaryFolder root = new();
        string path = Make(root);
        string file = Path.Combine(path, "manifest.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"source_frames\": 200", "\"source_frames\": 201", StringComparison.Ordinal));
        Assert.Contains(ResultInspector.Inspect(path).Problems, problem => problem is { Code: "counts_differ", File: "manifest.json" });
        File.WriteAllText(file, "{ half");
        Assert.Contains(ResultInspector.Inspect(path).Problems, problem => problem is { Code: "manifest_unreadable" });
    }

    /// <summary>Rewrites a table with one fault and expects it to be called by its name.</summary>
    [Theory]
    [InlineData("frames", "frame", 10, "frame_gap")]
    [InlineData("persons", "person", 3, "person_slots")]
    [InlineData("persons", "n_keypoints", 3, "coordinates")]
    [InlineData("keypoints", "person", 40, "incomplete_person")]
    [InlineData("keypoints", "keypoint_id", 40, "incomplete_person")]
    [InlineData("keypoints", "keypoint", 40, "incomplete_person")]
    [InlineData("keypoints", "x", -1, "coordinates")]
    [InlineData("persons", "", 3, "missing_rows")]
    [InlineData("keypoints", "", 40, "incomplete_person")]
    [InlineData("frames", "", 199, "frame_gap")]
    public void A_wrong_row_is_called_by_its_fault(string table, string column, int row, string code)
    {
        using TemporaryFolder root = new();
        string path = Make(root);
        Rewrite(Path.Combine(path, table + ".parquet"), column, row);

        ResultInspection inspection = ResultInspector.Inspect(path);

        // A ledger without its last row leaves rows of people, or only counts, behind.
        Assert.Contains(inspection.Problems, problem => problem.Code == code || (column.Length == 0 && problem.Code is "counts_differ"));
    }

    [Theory]
    [InlineData("tracks", "track_id", 3, "track_rows")]
    [InlineData("tracks", "first_frame", 3, "track_rows")]
    [InlineData("tracks", "n_frames", 3, "track_rows")]
    [InlineData("tracks", "x_min", 3, "track_rows")]
    [InlineData("tracks", "last_frame", 3, "track_rows")]
    [InlineData("tracks", "", 3, "track_rows")]
    [InlineData("persons", "track_id", 3, "track_ids")]
    [InlineData("keypoints", "track_id", 40, "track_ids")]
    public void A_track_that_is_not_what_became_of_its_people_is_called_by_its_fault(string table, string column, int row, string code)
    {
        using TemporaryFolder root = new();
        string path = MakeTracked(root);
        Assert.Empty(ResultInspector.Inspect(path).Problems);
        Rewrite(Path.Combine(path, table + ".parquet"), column, row);

        Assert.Contains(ResultInspector.Inspect(path).Problems, problem => problem.Code == code);
    }

    [Fact]
    public void A_table_of_tracks_that_was_taken_away_is_missed()
    {
        using TemporaryFolder root = new();
        string path = MakeTracked(root);
        File.Delete(Path.Combine(path, "tracks.parquet"));

        IReadOnlyList<ResultProblem> problems = ResultInspector.Inspect(path).Problems;

        Assert.Contains(problems, problem => problem is { Code: "file_missing", File: "tracks.parquet" });
        Assert.Contains(problems, problem => problem.Code == "track_ids");
    }

    [Fact]
    public void There_is_nothing_to_inspect_where_there_is_no_folder()
    {
        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => ResultInspector.Inspect("/nowhere/at/all"));
        Assert.Equal(ReasonCode.SourceMissing, fault.Reason);
    }

    [Fact]
    public void Columns_and_metadata_are_described()
    {
        using TemporaryFolder root = new();
        ResultInspection inspection = ResultInspector.Inspect(Make(root));
        InspectedTable keypoints = inspection.Tables.Single(table => table.Name == "keypoints.parquet");
        Assert.Equal(inspection.Counts.Keypoints, keypoints.Rows);
        Assert.Equal(TableSchemas.Keypoints.WithoutOptionalColumns().Columns.Select(column => column.Name), keypoints.Columns.Select(column => column.Name));
        Assert.Equal(keypoints.Rows, keypoints.Columns.Single(column => column.Name == "track_id").NullCount);
        Assert.Equal("keypoints", keypoints.Metadata["posebatch.table"]);
        Assert.Contains("\"counts\"", inspection.Manifest, StringComparison.Ordinal);
    }

    private static string Make(TemporaryFolder root)
    {
        using IResultWriter writer = new ParquetResultStore().Begin(SomeResult.Request(root.Path));
        SomeResult.Fill(writer, 200);
        return writer.Path;
    }

    private static string MakeTracked(TemporaryFolder root)
    {
        using IResultWriter writer = new ParquetResultStore().Begin(SomeResult.TrackedRequest(root.Path));
        SomeResult.Fill(writer, 200, sequence: SomeResult.Sequence());
        return writer.Path;
    }

    private static void Flip(string file, int position)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[position] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static void Rewrite(string file, string column, int row)
    {
        TableBlock changed;
        List<KeyValuePair<string, string>> metadata;
        using (ParquetFileReader reader = new(file))
        {
            TableSchema schema = reader.Schema;
            TableBlock block = reader.CreateBlock();
            reader.Read(0, block);
            changed = new(schema);
            metadata = [.. reader.Metadata];
            row = row < 0 ? block.Column<float>("x").Validity.IndexOf((byte)1) : row;
            for (int r = 0; r < block.RowCount; r++)
            {
                if (column.Length > 0 || r != row)
                {
                    Copy(block, changed, r, r == row ? column : null);
                }
            }
        }

        File.Delete(file);
        using ParquetFileWriter writer = new(file, changed.Schema, new());
        writer.WriteRowGroup(changed);
        writer.Finish(metadata);
    }

    private static void Copy(TableBlock from, TableBlock to, int row, string? changedColumn)
    {
        for (int c = 0; c < from.Columns.Count; c++)
        {
            bool isChanged = from.Columns[c].Column.Name == changedColumn;
            switch (from.Columns[c], to.Columns[c])
            {
                case (_, var target) when from.Columns[c].IsNull(row) || (isChanged && target.Column.IsNullable):
                    target.AppendNulls(1);
                    break;
                case (TextColumnBuffer source, TextColumnBuffer target):
                    target.Append(target.CodeOf(isChanged ? "elbow_of_nobody" : source.Text(row)!));
                    break;
                case (ColumnBuffer<int> source, ColumnBuffer<int> target):
                    target.Append(source.Values[row] + (isChanged ? 1 : 0));
                    break;
                case (ColumnBuffer<long> source, ColumnBuffer<long> target):
                    target.Append(source.Values[row]);
                    break;
                case (ColumnBuffer<float> source, ColumnBuffer<float> target):
                    target.Append(source.Values[row]);
                    break;
                case (ColumnBuffer<double> source, ColumnBuffer<double> target):
                    target.Append(source.Values[row]);
                    break;
                case (ColumnBuffer<bool> source, ColumnBuffer<bool> target):
                    target.Append(source.Values[row]);
                    break;
            }
        }
    }
}
