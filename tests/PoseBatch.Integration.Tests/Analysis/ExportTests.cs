using System.Globalization;
using System.Text.Json;
using PoseBatch.Parquet;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;
using PoseBatch.Worker.Analysis.Export;

namespace PoseBatch.Analysis;

/// <summary>Exports are compared with the tables by DuckDB, or read here by the rules of their format.</summary>
public sealed class ExportTests : IDisposable
{
    private const int FrameCount = 150;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_wide_table_holds_each_value_of_the_long_one()
    {
        PoseResult result = TrackedResult.Make(_folder, FrameCount);
        string wide = Export(new WideParquetExport(), result);

        foreach (string joint in result.Skeleton.Keypoints)
        {
            AssertNone($"""
                SELECT count(*) FROM '{Table(result, "keypoints")}' k FULL JOIN '{wide}' w ON w.frame = k.frame AND w.person = k.person
                WHERE coalesce(k.keypoint, '{joint}') = '{joint}' AND (w.{joint}_x IS DISTINCT FROM k.x OR w.{joint}_y IS DISTINCT FROM k.y
                   OR w.{joint}_confidence IS DISTINCT FROM k.confidence OR w.track_id IS DISTINCT FROM k.track_id OR w.time IS DISTINCT FROM k.time)
                """);
        }

        AssertNone($"SELECT count(*) FROM '{Table(result, "persons")}' p FULL JOIN '{wide}' w USING (frame, person) WHERE w.score IS DISTINCT FROM p.score OR w.x_min IS DISTINCT FROM p.x_min OR w.y_max IS DISTINCT FROM p.y_max");
        Assert.Equal(result.Metadata["posebatch.source"], new ParquetFileReader(wide).Metadata["posebatch.source"]);
    }

    [Theory]
    [InlineData("keypoints")]
    [InlineData("persons")]
    [InlineData("frames")]
    public void The_csv_of_a_table_is_read_back_value_for_value(string table)
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount, "/videos/a \"b\", c.mp4");
        string csv = Export(new CsvExport(), result, new() { Table = table });
        using ParquetFileReader reader = new(Table(result, table));
        string columns = string.Join(", ", reader.Schema.Columns.Select(column => $"CAST({column.Name} AS {SqlType(column.Type)})"));
        string read = $"SELECT {columns} FROM read_csv('{csv}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')";
        string truth = $"SELECT {columns} FROM '{Table(result, table)}'";

        AssertNone($"SELECT count(*) FROM (({read} EXCEPT ALL {truth}) UNION ALL ({truth} EXCEPT ALL {read}))");
        string[] lines = File.ReadAllText(csv).Split("\r\n");
        Assert.Equal(reader.RowCount + 2, lines.Length);
        Assert.All(lines, line => Assert.DoesNotContain('\n', line));
        Assert.StartsWith("\"a \"\"b\"\", c.mp4\",", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_coco_file_has_an_image_per_inferred_frame_and_marks_missing_joints_as_the_format_does()
    {
        PoseResult result = TrackedResult.Make(_folder, FrameCount);
        string coco = Export(new CocoExport(), result);

        AssertNone($"""
            WITH a AS (SELECT unnest(annotations) AS a FROM read_json('{coco}', maximum_object_size = 100000000)),
                 k AS (SELECT *, CAST(row_number() OVER (ORDER BY frame, person, keypoint_id) - 1 AS INTEGER) AS r FROM '{Table(result, "keypoints")}')
            SELECT count(*) FROM k FULL JOIN a ON a.a.id = k.r // 17 + 1
            WHERE a.a.image_id IS DISTINCT FROM frame OR a.a.category_id <> 1 OR a.a.iscrowd <> 0
               OR CAST(a.a.keypoints[3 * keypoint_id + 1] AS FLOAT) IS DISTINCT FROM coalesce(x, 0)
               OR CAST(a.a.keypoints[3 * keypoint_id + 2] AS FLOAT) IS DISTINCT FROM coalesce(y, 0)
               OR a.a.keypoints[3 * keypoint_id + 3] IS DISTINCT FROM (CASE WHEN x IS NULL THEN 0 ELSE 2 END)
               OR CAST(a.a.keypoint_scores[keypoint_id + 1] AS FLOAT) IS DISTINCT FROM confidence
               OR a.a.track_id IS DISTINCT FROM track_id
            """);
        AssertNone($"""
            WITH i AS (SELECT unnest(images) AS i FROM read_json('{coco}', maximum_object_size = 100000000))
            SELECT count(*) FROM i FULL JOIN (FROM '{Table(result, "frames")}' WHERE n_persons IS NOT NULL) f ON i.i.id = f.frame
            WHERE i.i.width IS DISTINCT FROM f.width OR i.i.height IS DISTINCT FROM f.height OR i.i.id IS NULL
            """);
        using JsonDocument whole = JsonDocument.Parse(File.ReadAllBytes(coco));
        JsonElement category = Assert.Single(whole.RootElement.GetProperty("categories").EnumerateArray());
        Assert.Equal(result.Skeleton.Keypoints, category.GetProperty("keypoints").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(
            result.Skeleton.Edges.Select(edge => (edge.From + 1, edge.To + 1)),
            category.GetProperty("skeleton").EnumerateArray().Select(edge => (edge[0].GetInt32(), edge[1].GetInt32())));
        Assert.All(whole.RootElement.GetProperty("annotations").EnumerateArray(), annotation =>
        {
            double[] numbers = [.. annotation.GetProperty("keypoints").EnumerateArray().Select(number => number.GetDouble())];
            Assert.Equal(numbers.Chunk(3).Count(joint => joint[2] > 0), annotation.GetProperty("num_keypoints").GetInt32());
            Assert.Equal(4, annotation.GetProperty("bbox").GetArrayLength());
        });
    }

    [Fact]
    public void Openpose_has_a_file_per_inferred_frame_and_zeros_for_missing_joints()
    {
        PoseResult result = TrackedResult.Make(_folder, FrameCount);
        string folder = Export(new OpenPoseExport(), result);

        Assert.Equal(result.Counts.Inferred, Directory.GetFiles(folder).Length);
        AssertNone($"""
            WITH f AS (SELECT CAST(regexp_extract(filename, 'clip_([0-9]+)_keypoints', 1) AS INTEGER) AS frame, people
                       FROM read_json('{folder}/*.json', filename = true, columns = {"{people: 'STRUCT(person_id INTEGER[], pose_keypoints_2d DOUBLE[])[]'}"})),
                 p AS (SELECT frame, unnest(people) AS p, generate_subscripts(people, 1) - 1 AS person FROM f)
            SELECT count(*) FROM '{Table(result, "keypoints")}' k FULL JOIN p ON p.frame = k.frame AND p.person = k.person
            WHERE CAST(p.p.pose_keypoints_2d[3 * keypoint_id + 1] AS FLOAT) IS DISTINCT FROM coalesce(x, 0)
               OR CAST(p.p.pose_keypoints_2d[3 * keypoint_id + 2] AS FLOAT) IS DISTINCT FROM coalesce(y, 0)
               OR CAST(p.p.pose_keypoints_2d[3 * keypoint_id + 3] AS FLOAT) IS DISTINCT FROM (CASE WHEN x IS NULL THEN 0 ELSE confidence END)
               OR len(p.p.pose_keypoints_2d) <> 51 OR p.p.person_id[1] IS DISTINCT FROM coalesce(track_id, -1)
            """);
    }

    [Fact]
    public void Deeplabcut_gets_one_row_per_source_frame_and_one_individual_per_track()
    {
        PoseResult result = TrackedResult.Make(_folder, FrameCount);
        string csv = Export(new DeepLabCutExport(), result, out IReadOnlyList<string> notes);
        string[][] lines = [.. File.ReadAllText(csv).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))];

        Assert.Equal(["scorer", "individuals", "bodyparts", "coords"], lines.Take(4).Select(line => line[0]));
        Assert.All(lines, line => Assert.Equal(1 + (2 * 17 * 3), line.Length));
        Assert.Equal(["track0", "track1"], lines[1].Skip(1).Distinct());
        Assert.Equal(result.Skeleton.Keypoints, lines[2].Skip(1).Distinct());
        Assert.Equal(["x", "y", "likelihood"], lines[3].Skip(1).Distinct());
        Assert.Equal(Enumerable.Range(0, FrameCount).Select(frame => $"{frame}"), lines.Skip(4).Select(line => line[0]));
        Dictionary<(int, int, int), (float?, float?, float)> truth = Rows(result);
        for (int frame = 0; frame < FrameCount; frame++)
        {
            for (int track = 0; track < 2; track++)
            {
                for (int joint = 0; joint < 17; joint++)
                {
                    (float? x, float? y, float? likelihood) = truth.TryGetValue((frame, track, joint), out (float? X, float? Y, float C) row) ? (row.X, row.Y, row.C) : default((float?, float?, float?));
                    int column = 1 + (3 * ((track * 17) + joint));
                    Assert.Equal((x, y, likelihood), (Number(lines[4 + frame][column]), Number(lines[4 + frame][column + 1]), Number(lines[4 + frame][column + 2])));
                }
            }
        }

        string stray = Assert.Single(notes);
        Assert.StartsWith($"{truth.Keys.Count(key => key.Item2 == 2) / 17} poses belong to no track", stray, StringComparison.Ordinal);
    }

    [Fact]
    public void Trc_has_a_file_per_track_with_the_header_opensim_wants_and_y_upwards()
    {
        PoseResult result = TrackedResult.Make(_folder, FrameCount);
        string folder = Export(new TrcExport(), result, new() { MillimetresPerPixel = 2 });
        Dictionary<(int Frame, int Track, int), (float?, float?, float)> truth = Rows(result);
        ResultFrame[] frames = [.. result.ReadFrames(TestContext.Current.CancellationToken)];

        Assert.Equal(2, Directory.GetFiles(folder).Length);
        for (int track = 0; track < 2; track++)
        {
            string name = $"{result.Name}.track{track}.trc";
            string[][] lines = [.. File.ReadAllText(Path.Combine(folder, name)).Split('\n').Select(line => line.Split('\t'))];
            int[] own = [.. truth.Keys.Where(key => key.Track == track).Select(key => key.Frame)];
            ResultFrame[] rows = [.. frames.Where(frame => frame.Index >= own.Min() && frame.Index <= own.Max() && frame.Status != "skipped")];

            Assert.Equal(["PathFileType", "4", "(X/Y/Z)", name], lines[0]);
            Assert.Equal(["DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"], lines[1]);
            Assert.Equal([$"{rows.Length}", "17", "mm"], lines[2][2..5]);
            Assert.Equal([$"{own.Min() + 1}", $"{rows.Length}"], lines[2][6..]);
            Assert.Equal(["Frame#", "Time", .. result.Skeleton.Keypoints], lines[3].Where(cell => cell.Length > 0));
            Assert.Equal(2 + (3 * 17), lines[3].Length);
            Assert.Equal(["", "", .. Enumerable.Range(1, 17).SelectMany(marker => new[] { $"X{marker}", $"Y{marker}", $"Z{marker}" })], lines[4]);
            Assert.Equal([""], lines[5]);
            Assert.Equal(6 + rows.Length + 1, lines.Length);
            for (int i = 0; i < rows.Length; i++)
            {
                string[] cells = lines[6 + i];
                Assert.Equal(2 + (3 * 17), cells.Length);
                Assert.Equal((rows[i].Index + 1, rows[i].Seconds), (int.Parse(cells[0], CultureInfo.InvariantCulture), double.Parse(cells[1], CultureInfo.InvariantCulture)));
                for (int joint = 0; joint < 17; joint++)
                {
                    (float? x, float? y, _) = truth.GetValueOrDefault((rows[i].Index, track, joint));
                    string[] expected = x is null ? ["", "", ""] : [(2.0 * x.Value).ToString("R", CultureInfo.InvariantCulture), (2 * (479.0 - y!.Value)).ToString("R", CultureInfo.InvariantCulture), "0"];
                    Assert.Equal(expected, cells[(2 + (3 * joint))..(5 + (3 * joint))]);
                }
            }
        }
    }

    [Theory]
    [InlineData("dlc-csv")]
    [InlineData("trc")]
    public void Several_people_without_tracks_are_refused_where_identity_is_needed(string format)
    {
        PoseResult result = TrackedResult.Untracked(_folder, FrameCount);
        int crowded = result.ReadFrames(TestContext.Current.CancellationToken).Count(frame => frame.People.Count > 1);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => Export(ExportFormats.All.Single(known => known.Name == format), result));

        Assert.Contains($"{crowded} of its frames hold more than one person", fault.Message, StringComparison.Ordinal);
        Assert.Contains("tracking", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_is_taken_is_left_alone_and_a_failure_leaves_nothing()
    {
        string path = _folder["out.csv"];
        await File.WriteAllTextAsync(path, "mine", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<PoseBatchException>(() => AtomicFile.MakeAsync(path, overwrite: false, partial => File.WriteAllTextAsync(partial, "theirs", TestContext.Current.CancellationToken)));
        await Assert.ThrowsAsync<PoseBatchException>(() => AtomicFile.MakeAsync(path, overwrite: true, async partial =>
        {
            await File.WriteAllTextAsync(partial, "half", TestContext.Current.CancellationToken);
            throw new IOException("no space");
        }));

        Assert.Equal("mine", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
        await AtomicFile.MakeAsync(path, overwrite: true, partial => File.WriteAllTextAsync(partial, "theirs", TestContext.Current.CancellationToken));
        Assert.Equal("theirs", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_range_of_frames_is_read_without_the_rest()
    {
        PoseResult result = TrackedResult.Make(_folder, FrameCount);
        ResultFrame[] all = [.. result.ReadFrames(TestContext.Current.CancellationToken)];
        ResultFrame[] some = [.. result.ReadFrames(97, 121, TestContext.Current.CancellationToken)];

        Assert.Equal(FrameCount, all.Length);
        Assert.Equal(result.Counts.Persons, all.Sum(frame => frame.People.Count));
        Assert.Equal(Enumerable.Range(97, 24), some.Select(frame => frame.Index));
        Assert.Equal(
            all[97..121].SelectMany(frame => frame.People).SelectMany(person => person.Joints),
            some.SelectMany(frame => frame.People).SelectMany(person => person.Joints));
    }

    private static float? Number(string text) => text is "" or "NaN" ? null : float.Parse(text, CultureInfo.InvariantCulture);

    private static string Table(PoseResult result, string table) => Path.Combine(result.Path, table + ".parquet");

    private static string SqlType(ColumnType type) => type switch
    {
        ColumnType.Text => "VARCHAR",
        ColumnType.Float => "FLOAT",
        ColumnType.Double => "DOUBLE",
        ColumnType.Boolean => "BOOLEAN",
        _ => "BIGINT",
    };

    /// <summary>Rows of the long table by frame, slot (which is the track in these results) and joint.</summary>
    private static Dictionary<(int Frame, int Track, int), (float? X, float? Y, float C)> Rows(PoseResult result)
    {
        Dictionary<(int, int, int), (float?, float?, float)> rows = [];
        using ParquetFileReader reader = new(Table(result, "keypoints"));
        TableBlock block = reader.CreateBlock();
        for (int group = 0; group < reader.RowGroups.Count; group++)
        {
            reader.Read(group, block);
            ColumnBuffer<float> x = block.Column<float>("x"), y = block.Column<float>("y");
            for (int row = 0; row < block.RowCount; row++)
            {
                rows.Add(
                    (block.Column<int>("frame").Values[row], block.Column<int>("person").Values[row], block.Column<int>("keypoint_id").Values[row]),
                    (x.IsNull(row) ? null : x.Values[row], y.IsNull(row) ? null : y.Values[row], block.Column<float>("confidence").Values[row]));
            }
        }

        return rows;
    }

    private string Export(IResultExport export, PoseResult result, ExportOptions? options = null) => Export(export, result, options ?? new(), out _);

    private string Export(IResultExport export, PoseResult result, out IReadOnlyList<string> notes) => Export(export, result, new(), out notes);

    private string Export(IResultExport export, PoseResult result, ExportOptions options, out IReadOnlyList<string> notes)
    {
        string path = _folder[result.Name + export.Suffix(result)];
        notes = export.Write(result, path, options, TestContext.Current.CancellationToken);
        return path;
    }

    private void AssertNone(string sql) => Assert.Equal("0", DuckDbAnswers.Ask(sql)[0][0].GetString());
}
