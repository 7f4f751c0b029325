using PoseBatch.Analysis;
using PoseBatch.Parquet;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Results;

public sealed class ResultTableTests : IDisposable
{
    private const int FrameCount = 300;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, int.MaxValue)]
    [InlineData(0, 1)]
    [InlineData(97, 121)]
    [InlineData(FrameCount - 1, int.MaxValue)]
    [InlineData(FrameCount, FrameCount + 10)]
    [InlineData(50, 50)]
    public void A_range_gives_the_rows_whose_frame_lies_in_it(int first, int end)
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        (int, int, float)[] expected = [.. EveryRow(result).Where(row => row.Frame >= first && row.Frame < end)];

        Assert.True(RowGroups(result, "keypoints").Count > 3);
        Assert.Equal(expected, Range(result, first, end));
    }

    [Fact]
    public void Of_row_groups_without_wanted_frames_nothing_is_read()
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        foreach (string column in (string[])["frame", "x"])
        {
            Damage(result, 0, column);
        }

        Assert.NotEmpty(Range(result, FrameCount - 5, FrameCount));
        ResultUnreadableException fault = Assert.Throws<ResultUnreadableException>(() => Range(result, 0, 30));
        Assert.Equal((ReasonCode.SourceMissing, false), (fault.Reason, fault.IsGone));
        Assert.Contains("keypoints.parquet", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_that_nobody_asked_for_are_not_read()
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        (int, int, float)[] expected = [.. EveryRow(result)];
        foreach (string column in (string[])["video", "time", "keypoint", "x", "y"])
        {
            Damage(result, 0, column);
        }

        Assert.Equal(expected, Range(result, 0, int.MaxValue));
    }

    [Fact]
    public void A_column_that_may_be_null_and_is_not_there_is_null_in_every_row()
    {
        PoseResult result = TrackedResult.Make(_folder, FrameCount);
        ResultFrame[] before = [.. result.ReadFrames(Stop)];
        Rewrite(result, "persons", schema => schema with { Columns = [.. schema.Columns.Where(column => column.Name != "track_id")] });
        ResultFrame[] after = [.. result.ReadFrames(Stop)];

        Assert.Contains(before.SelectMany(frame => frame.People), person => person.TrackId is not null);
        Assert.All(after.SelectMany(frame => frame.People), person => Assert.Null(person.TrackId));
        Assert.Equal(
            before.SelectMany(frame => frame.People).SelectMany(person => person.Joints),
            after.SelectMany(frame => frame.People).SelectMany(person => person.Joints));
    }

    [Fact]
    public void A_column_that_is_needed_and_not_there_is_named()
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        Rewrite(result, "persons", schema => schema with { Columns = [.. schema.Columns.Where(column => column.Name != "score")] });

        ResultUnreadableException fault = Assert.Throws<ResultUnreadableException>(() => result.ReadFrames(Stop).Count());

        Assert.Contains("'score' is missing", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_person_that_lacks_a_joint_is_no_result()
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        Rewrite(result, "keypoints", schema => schema, leftOut: 5);

        ResultUnreadableException fault = Assert.Throws<ResultUnreadableException>(() => result.ReadFrames(Stop).Count());

        Assert.Contains("has no complete set of joints", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_may_read_one_result_at_a_time()
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        (int, int, float)[][] parts = new (int, int, float)[10][];
        Parallel.For(0, parts.Length, part => parts[part] = Range(result, part * FrameCount / 10, (part + 1) * FrameCount / 10));

        Assert.Equal(EveryRow(result), parts.SelectMany(part => part));
    }

    [Fact]
    public void A_reader_stops_when_told_to()
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        using CancellationTokenSource told = new();
        using KeypointTable joints = new(result.Path);
        int rows = 0, frames = 0;

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (int _ in joints.Rows([], told.Token))
            {
                rows++;
                told.Cancel();
            }
        });
        Assert.Equal(RowGroups(result, "keypoints")[0].RowCount, rows);

        using CancellationTokenSource again = new();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (ResultFrame _ in result.ReadFrames(again.Token))
            {
                if (++frames == 7)
                {
                    again.Cancel();
                }
            }
        });
        Assert.Equal(7, frames);
    }

    [Fact]
    public void The_ledger_alone_is_that_of_the_frames()
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        ResultFrame[] frames = [.. result.ReadFrames(Stop)];
        LedgerFrame[] ledger = [.. result.ReadLedger(Stop)];

        Assert.Equal(Enumerable.Range(0, FrameCount), ledger.Select(frame => frame.Index));
        Assert.Equal(result.Counts.Undecodable, ledger.Count(frame => !frame.HasPicture));
        Assert.Equal(result.Counts.Inferred, ledger.Count(frame => frame.IsInferred));
        Assert.Equal(ledger.Select(Facts), frames.Select(Facts));

        static (long?, double, float?, string, Geometry.PixelSize?) Facts(LedgerFrame frame) =>
            (frame.Pts, frame.Seconds, frame.DurationSeconds, frame.Status, frame.Size);
    }

    [Fact]
    public void A_table_that_is_gone_is_told_from_one_that_is_damaged()
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        File.WriteAllText(Path.Combine(result.Path, "persons.parquet"), "no table");
        Assert.False(Assert.Throws<ResultUnreadableException>(() => ResultTracks.Of(result.Path, Stop)).IsGone);
        File.Delete(Path.Combine(result.Path, "persons.parquet"));
        Assert.True(Assert.Throws<ResultUnreadableException>(() => ResultTracks.Of(result.Path, Stop)).IsGone);
        Assert.True(Assert.Throws<ResultUnreadableException>(() => PoseResult.Open(result.Path)).IsGone);
        Directory.Delete(result.Path, recursive: true);
        Assert.True(Assert.Throws<ResultUnreadableException>(() => new WholeTable(result.Path, "frames")).IsGone);
    }

    private static (int Frame, int Person, float Confidence)[] Range(PoseResult result, int from, int before)
    {
        using KeypointTable joints = new(result.Path);
        List<(int, int, float)> rows = [];
        foreach (int row in joints.Rows([joints.Slot, joints.Confidence], from, before, Stop))
        {
            rows.Add((joints.FrameIndex[row], joints.Slot[row], joints.Confidence[row]));
        }

        return [.. rows];
    }

    /// <summary>All rows of keypoints, by the reader of files.</summary>
    private static List<(int Frame, int Person, float Confidence)> EveryRow(PoseResult result)
    {
        using ParquetFileReader file = new(Path.Combine(result.Path, "keypoints.parquet"));
        TableBlock block = file.CreateBlock();
        List<(int, int, float)> rows = [];
        for (int group = 0; group < file.RowGroups.Count; group++)
        {
            file.Read(group, block);
            for (int row = 0; row < block.RowCount; row++)
            {
                rows.Add((block.Column<int>("frame").Values[row], block.Column<int>("person").Values[row], block.Column<float>("confidence").Values[row]));
            }
        }

        return rows;
    }

    private static IReadOnlyList<ParquetRowGroup> RowGroups(PoseResult result, string table)
    {
        using ParquetFileReader file = new(Path.Combine(result.Path, table + ".parquet"));
        return file.RowGroups;
    }

    /// <summary>Turns the bits over that a column of keypoints begins with: the header of its first page.</summary>
    private static void Damage(PoseResult result, int group, string column)
    {
        ParquetColumnChunk chunk = RowGroups(result, "keypoints")[group].Columns.Single(one => one.Name == column);
        using FileStream file = new(Path.Combine(result.Path, "keypoints.parquet"), FileMode.Open, FileAccess.ReadWrite);
        file.Position = chunk.Offset;
        int first = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)~first);
    }

    /// <summary>Writes a table again with other columns, and without the last rows of its first row group.</summary>
    private static void Rewrite(PoseResult result, string table, Func<TableSchema, TableSchema> change, int leftOut = 0)
    {
        string path = Path.Combine(result.Path, table + ".parquet"), fresh = path + ".new";
        using (ParquetFileReader reader = new(path))
        {
            TableSchema schema = change(reader.Schema);
            using ParquetFileWriter writer = new(fresh, schema, new());
            TableBlock from = reader.CreateBlock(), to = new(schema);
            for (int group = 0; group < reader.RowGroups.Count; group++)
            {
                reader.Read(group, from);
                to.Clear();
                foreach (TextColumnBuffer text in to.Columns.OfType<TextColumnBuffer>())
                {
                    foreach (string word in from.TextColumn(text.Column.Name).Words)
                    {
                        text.CodeOf(word);
                    }
                }

                for (int i = 0; i < schema.Columns.Count; i++)
                {
                    to.Columns[i].AppendRows(from.Columns[reader.Schema.IndexOf(schema.Columns[i].Name)], 0, from.RowCount - (group == 0 ? leftOut : 0));
                }

                writer.WriteRowGroup(to);
            }

            writer.Finish([.. reader.Metadata]);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
