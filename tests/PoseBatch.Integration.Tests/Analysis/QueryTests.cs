using System.Data;
using System.Diagnostics;
using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Results;
using PoseBatch.Results.Reading;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;
using PoseBatch.Worker.Analysis.Summaries;

namespace PoseBatch.Analysis;

/// <summary><c>posebatch query</c>: its views, its formats, what it says of results that could be mixed up.</summary>
public sealed class QueryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Root => _folder["it's [1]"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_question_is_asked_over_all_results()
    {
        string[] folders = Results();
        await PoseBatchProgram.RunAsync(_folder.Path, "summary", Root);
        const string Question = "SELECT count(*) AS n, count(DISTINCT video) AS videos, (SELECT CAST(sum(source_frames) AS BIGINT) FROM summary) AS frames FROM persons;";

        PoseBatchProgram.Ended csv = await PoseBatchProgram.RunAsync(_folder.Path, "query", Question, Root, "--csv");
        PoseBatchProgram.Ended json = await PoseBatchProgram.RunAsync(_folder.Path, "query", Question, Root, "--json");
        PoseBatchProgram.Ended wrong = await PoseBatchProgram.RunAsync(_folder.Path, "query", "SELECT nonsense FROM persons", Root);

        PoseResult[] results = [.. folders.Select(PoseResult.Open)];
        (long persons, long frames) = (results.Sum(result => result.Counts.Persons), results.Sum(result => result.Counts.SourceFrames));
        Assert.Equal($"n,videos,frames\r\n{persons},{results.Length},{frames}\r\n", csv.Output);
        Assert.Equal($$"""[{"n":{{persons}},"videos":{{results.Length}},"frames":{{frames}}}]""", json.Output.TrimEnd());
        Assert.Equal((0, 0, 1), (csv.ExitCode, json.ExitCode, wrong.ExitCode));
        Assert.Equal(string.Empty, csv.Errors);
        Assert.Contains("nonsense", wrong.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_needs_no_other_program()
    {
        Results();
        ProcessStartInfo start = new(PoseBatchProgram.Executable, ["query", "SELECT 1 AS one", Root, "--json"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            Environment = { ["PATH"] = _folder.Path },
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, "[{\"one\":1}]"), (process.ExitCode, output.TrimEnd()));
    }

    [Fact]
    public async Task Two_results_of_one_video_stay_apart_and_are_told()
    {
        string first = Make("/videos/clip.mp4", 60, "model-a"), second = Make("/videos/clip.mp4", 61, "model-b");
        Make("/videos/other.mp4", 62, "model-a");
        const string Question = "SELECT result, model, key, count(*) AS n FROM frames WHERE video = 'clip.mp4' GROUP BY ALL ORDER BY model";

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "query", Question, Root, "--json");

        using JsonDocument rows = JsonDocument.Parse(ended.Output);
        Assert.Equal(
            [(Path.GetFileName(first), "model-a", 60), (Path.GetFileName(second), "model-b", 61)],
            rows.RootElement.EnumerateArray().Select(row => (row.GetProperty("result").GetString(), row.GetProperty("model").GetString(), row.GetProperty("n").GetInt32())));
        Assert.All(rows.RootElement.EnumerateArray(), row => Assert.EndsWith(row.GetProperty("key").GetString()![..10], row.GetProperty("result").GetString(), StringComparison.Ordinal));
        Assert.Equal(
            "note: Several results are of one video: clip.mp4 has 2 (model-a, model-b). Count by result, not by video, or choose with WHERE model = '...' or key = '...'.",
            ended.Errors.TrimEnd());
    }

    [Fact]
    public async Task Every_view_carries_result_model_and_key_behind_its_own_columns()
    {
        Make("/videos/clip.mp4", 60, "model-a");
        foreach (string view in new[] { "keypoints", "persons", "frames" })
        {
            PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
                _folder.Path, "query", $"SELECT string_agg(column_name, ',') AS names FROM (DESCRIBE {view})", Root, "--csv");
            TableSchema schema = TableSchemas.All.Single(table => table.Name == view);

            Assert.EndsWith(",result,model,key\"\r\n", ended.Output, StringComparison.Ordinal);
            Assert.Contains($"\"{schema.Columns[0].Name},{schema.Columns[1].Name},", ended.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("filename", ended.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_result_that_cannot_be_read_is_left_out_and_named()
    {
        string[] folders = Results();
        File.WriteAllText(Path.Combine(folders[2], "frames.parquet"), "PAR1");

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "query", "SELECT count(*) AS n FROM results", Root, "--csv");

        Assert.Equal((1, "n\r\n2\r\n"), (ended.ExitCode, ended.Output));
        Assert.StartsWith($"{Path.GetFileName(folders[2])} is left out: ", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void No_video_with_one_result_is_told_and_of_many_only_some_are_named()
    {
        NamedResult[] results =
        [
            .. "abcde".SelectMany(video => "xy".Select(model => new NamedResult($"/r/{video}{model}", $"{video}{model}", $"{video}.mp4", $"{model}", $"{video}{model}"))),
            new("/r/f", "f", "f.mp4", "x", "f"),
        ];

        Assert.Null(ResultViews.SeveralOfOneVideo([.. results.Where(result => result.Model == "x")]));
        Assert.Equal(
            "Several results are of one video: a.mp4 has 2 (x, y), b.mp4 has 2 (x, y), c.mp4 has 2 (x, y), and 2 more videos have several. "
            + "Count by result, not by video, or choose with WHERE model = '...' or key = '...'.",
            ResultViews.SeveralOfOneVideo(results));
    }

    [Fact]
    public void Rows_are_written_in_each_format_as_it_asks()
    {
        const string Csv = "name,ratio,flag,day\r\n\"a,\"\"b\"\"\",0.1,true,2026-01-02 03:04:05.5\r\n,inf,,\r\n";
        const string Json = """[{"name":"a,\"b\"","ratio":0.1,"flag":true,"day":"2026-01-02 03:04:05.5"},{"name":null,"ratio":"inf","flag":null,"day":null}]""";
        const string Text = """
            name   ratio  flag  day
            -----  -----  ----  ---------------------
            a,"b"  0.1    true  2026-01-02 03:04:05.5
            null   inf    null  null

            """;

        Assert.Equal((Csv, Json + Environment.NewLine, Text), (Written(QueryFormat.Csv), Written(QueryFormat.Json), Written(QueryFormat.Table)));
    }

    private static string Written(QueryFormat format)
    {
        using DataTable table = new() { Locale = System.Globalization.CultureInfo.InvariantCulture };
        table.Columns.AddRange([new("name", typeof(string)), new("ratio", typeof(float)), new("flag", typeof(bool)), new("day", typeof(DateTime))]);
        table.Rows.Add("a,\"b\"", 0.1f, true, new DateTime(2026, 1, 2, 3, 4, 5, 500, DateTimeKind.Utc));
        table.Rows.Add(null, float.PositiveInfinity, null, null);
        using DataTableReader rows = table.CreateDataReader();
        using StringWriter text = new(System.Globalization.CultureInfo.InvariantCulture);
        QueryRows.Write(rows, format, text);
        return text.ToString();
    }

    private string[] Results() => [.. Enumerable.Range(0, 3).Select(i => Make($"/videos/clip{i}.mp4", 60 + i, "some-model"))];

    private string Make(string video, int frameCount, string model)
    {
        ResultRequest request = SomeResult.Request(Root, video);
        using IResultWriter writer = new ParquetResultStore().Begin(request with { Model = request.Model with { Name = model, Sha256 = new string(model[^1], 64) } });
        SomeResult.Fill(writer, frameCount, seed: frameCount);
        return writer.Path;
    }
}
