using System.Text.Json;
using PoseBatch.Parquet;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Results;

public sealed class ResultColumnTests : IDisposable
{
    private const int RowCount = 300;
    private const int RowsPerGroup = 128;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_row_without_a_value_is_null_and_every_other_has_its_own()
    {
        WriteLedger(TableSchemas.Frames);
        using FrameTable ledger = new(_folder.Path);
        int frame = 0;
        foreach (int row in ledger.Rows([ledger.Pts, ledger.Time, ledger.Duration, ledger.Status, ledger.PersonCount], Stop))
        {
            Assert.Equal(frame % RowsPerGroup, row);
            Assert.Equal(frame, ledger.FrameIndex[row]);
            Assert.Equal(frame % 3 == 0 ? null : frame * 512L, ledger.Pts[row]);
            Assert.Equal(frame / 32.0, ledger.Time[row]);
            Assert.Equal(frame % 5 == 0 ? null : 1 / 32f, ledger.Duration[row]);
            Assert.Equal(frame % 7 == 0 ? "skipped" : "ok", ledger.Status[row]);
            Assert.Equal(frame % 7 == 0 ? null : frame % 4, ledger.PersonCount[row]);
            frame++;
        }

        Assert.Equal((RowCount, RowCount), (frame, ledger.RowCount));
    }

    [Fact]
    public void A_column_that_may_be_null_and_is_not_there_is_null_in_every_row_and_the_rest_is_as_ever()
    {
        string[] absent = ["pts", "duration", "n_persons", "width", "height"];
        WriteLedger(TableSchemas.Frames with { Columns = [.. TableSchemas.Frames.Columns.Where(column => !absent.Contains(column.Name))] });
        using FrameTable ledger = new(_folder.Path);
        int frame = 100;
        ResultColumn[] columns = [ledger.Time, ledger.Pts, ledger.Duration, ledger.PersonCount, ledger.Width, ledger.Height];
        foreach (int row in ledger.Rows(columns, 100, 200, Stop))
        {
            Assert.Equal((null, null, null, null, null), (ledger.Pts[row], ledger.Duration[row], ledger.PersonCount[row], ledger.Width[row], ledger.Height[row]));
            Assert.Equal((frame, frame / 32.0), (ledger.FrameIndex[row], ledger.Time[row]));
            frame++;
        }

        Assert.Equal(200, frame);
    }

    [Fact]
    public void A_column_of_another_type_is_named()
    {
        WriteLedger(TableSchemas.Frames with
        {
            Columns = [.. TableSchemas.Frames.Columns.Select(column => column.Name == "n_persons" ? column with { Type = ColumnType.Int32 } : column)],
        });
        using FrameTable ledger = new(_folder.Path);

        ResultUnreadableException fault = Assert.Throws<ResultUnreadableException>(() => ledger.Rows([ledger.PersonCount], Stop).HasRow());

        Assert.Contains("'n_persons' should be int16, is int32", fault.Message, StringComparison.Ordinal);
        Assert.True(ledger.Rows([ledger.Time], Stop).HasRow());
    }

    [Fact]
    public void A_column_that_was_not_asked_for_has_no_values()
    {
        WriteLedger(TableSchemas.Frames);
        using FrameTable ledger = new(_folder.Path);
        Assert.True(ledger.Rows([ledger.Time], Stop).HasRow());

        Assert.Equal((0, 0.0), (ledger.FrameIndex[0], ledger.Time[0]));
        Assert.Contains("'pts' is not read", Assert.Throws<InvalidOperationException>(() => ledger.Pts[0]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cursor_steps_over_rows_and_says_how_many_its_row_group_has_left()
    {
        WriteLedger(TableSchemas.Frames);
        using FrameTable ledger = new(_folder.Path);
        RowCursor rows = ledger.Rows([], 100, 140, Stop);

        Assert.True(rows.HasRow());
        Assert.Equal((100, 28), (rows.Row, rows.RowsLeft));
        rows.Advance(28);
        Assert.True(rows.HasRow());
        Assert.Equal((0, 12, 128), (rows.Row, rows.RowsLeft, ledger.FrameIndex[rows.Row]));
        rows.Advance(12);
        Assert.False(rows.HasRow());
    }

    [Theory]
    [InlineData("compact")]
    [InlineData("compatible")]
    public void Tables_of_version_1_add_up_to_what_their_manifest_counts(string profile)
    {
        string folder = Path.Combine(Repository.Root, "tests", "data", "tables-v1", profile);
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        JsonElement counts = manifest.RootElement.GetProperty("counts");

        using FrameTable ledger = new(folder);
        long inferred = 0, people = 0, undecodable = 0;
        foreach (int row in ledger.Rows([ledger.PersonCount, ledger.Status], Stop))
        {
            inferred += ledger.PersonCount[row] is null ? 0 : 1;
            people += ledger.PersonCount[row] ?? 0;
            undecodable += ledger.Status[row] == "undecodable" ? 1 : 0;
        }

        using PersonTable persons = new(folder);
        HashSet<int> tracks = [];
        long personRows = 0;
        foreach (int row in persons.Rows([persons.TrackId], Stop))
        {
            personRows++;
            if (persons.TrackId[row] is { } id)
            {
                tracks.Add(id);
            }
        }

        using KeypointTable joints = new(folder);
        long jointRows = 0;
        foreach (int row in joints.Rows([joints.X, joints.Y, joints.Confidence], Stop))
        {
            jointRows++;
            Assert.Equal(joints.X[row] is null, joints.Y[row] is null);
            Assert.Equal(joints.X[row] is not null, joints.JointOf(row).IsFound);
        }

        Assert.Equal(Count("source_frames"), ledger.RowCount);
        Assert.Equal((Count("inferred"), Count("undecodable")), (inferred, undecodable));
        Assert.Equal((Count("persons"), Count("persons")), (people, personRows));
        Assert.Equal(Count("keypoints"), jointRows);
        Assert.Equal(Count("tracks"), tracks.Count);

        long Count(string name) => counts.GetProperty(name).GetInt64();
    }

    /// <summary>A ledger whose values follow from the number of the frame.</summary>
    private void WriteLedger(TableSchema schema)
    {
        TableBlock block = new(schema);
        using ParquetFileWriter writer = new(Path.Combine(_folder.Path, schema.FileName), schema, new());
        for (int frame = 0; frame < RowCount; frame++)
        {
            foreach (ColumnBuffer column in block.Columns)
            {
                Append(column, frame);
            }

            if (block.RowCount == RowsPerGroup)
            {
                writer.WriteRowGroup(block);
                block.Clear();
            }
        }

        writer.WriteRowGroup(block);
        writer.Finish([]);
    }

    private static void Append(ColumnBuffer column, int frame)
    {
        switch ((column.Column.Name, column))
        {
            case ("status", TextColumnBuffer text):
                text.Append(text.CodeOf(frame % 7 == 0 ? "skipped" : "ok"));
                break;
            case (_, TextColumnBuffer text):
                text.Append(text.CodeOf("any"));
                break;
            case ("frame", ColumnBuffer<int> number):
                number.Append(frame);
                break;
            case ("pts", ColumnBuffer<long> number):
                number.Append(frame % 3 == 0 ? null : frame * 512L);
                break;
            case ("time", ColumnBuffer<double> number):
                number.Append(frame / 32.0);
                break;
            case ("duration", ColumnBuffer<float> number):
                number.Append(frame % 5 == 0 ? null : 1 / 32f);
                break;
            case ("n_persons", ColumnBuffer<int> number):
                number.Append(frame % 7 == 0 ? null : frame % 4);
                break;
            case ("segment", ColumnBuffer<int> number):
                number.Append(0);
                break;
            default:
                column.AppendNulls(1);
                break;
        }
    }
}
