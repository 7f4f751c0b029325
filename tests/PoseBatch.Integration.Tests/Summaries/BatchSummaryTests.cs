using System.Diagnostics;
using System.Text.Json;
using PoseBatch.Commands;
using PoseBatch.Parquet.Results;
using PoseBatch.Tables;
using PoseBatch.Worker.Results;
using PoseBatch.Worker.Summaries;

namespace PoseBatch.Summaries;

public sealed class BatchSummaryTests(ReaderScript duckdb) : IClassFixture<ReaderScript>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_summary_counts_what_the_tables_hold()
    {
        duckdb.SkipOrFail();
        string[] folders = Results();

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "summary", _folder["it's [1]"]);

        string summary = Path.Combine(_folder["it's [1]"], "batch_summary.parquet");
        Assert.Equal((0, summary), (ended.ExitCode, ended.Output.TrimEnd()));
        foreach (string folder in folders)
        {
            string frames = Sql(Path.Combine(folder, "frames.parquet")), persons = Sql(Path.Combine(folder, "persons.parquet")), keypoints = Sql(Path.Combine(folder, "keypoints.parquet"));
            JsonElement row = duckdb.Ask($"""
                SELECT source_frames = (SELECT count(*) FROM read_parquet({frames})),
                       inferred = (SELECT count(n_persons) FROM read_parquet({frames})),
                       skipped = (SELECT count(*) FROM read_parquet({frames}) WHERE status = 'skipped'),
                       undecodable = (SELECT count(*) FROM read_parquet({frames}) WHERE status = 'undecodable'),
                       corrupt = (SELECT count(*) FROM read_parquet({frames}) WHERE status = 'corrupt'),
                       frames_with_persons = (SELECT count(DISTINCT frame) FROM read_parquet({persons})),
                       most_persons = (SELECT max(n_persons) FROM read_parquet({frames})),
                       persons = (SELECT count(*) FROM read_parquet({persons})), keypoints = (SELECT count(*) FROM read_parquet({keypoints})),
                       video = (SELECT any_value(video) FROM read_parquet({frames})), model = 'some-model', provider = 'cpu', detector IS NULL,
                       fps = 30, width = 640, height = 480, warnings = 1, source_bytes = 123, elapsed_s = 2, labels IS NULL, "group" IS NULL,
                       round(duration_s * 30) IN (source_frames, source_frames - 1)
                FROM read_parquet({Sql(summary)}) WHERE result = '{Path.GetFileName(folder)}'
                """)[0];
            Assert.All(row.EnumerateArray(), one => Assert.True(one.GetBoolean(), row.GetRawText()));
        }

        Assert.Equal(folders.Select(Path.GetFileName).Order(StringComparer.Ordinal), duckdb.Ask($"SELECT result FROM read_parquet({Sql(summary)})").EnumerateArray().Select(row => row[0].GetString()));
    }

    [Fact]
    public void Group_and_labels_of_a_job_come_along_and_a_broken_result_has_no_row_but_a_reason()
    {
        duckdb.SkipOrFail();
        string[] folders = Results();
        string manifest = Path.Combine(folders[0], "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest)
            .Replace("\"group\": null", "\"group\": \"gym\"", StringComparison.Ordinal)
            .Replace("\"labels\": {}", "\"labels\": {\"camera\":\"left\"}", StringComparison.Ordinal));
        File.Delete(Path.Combine(folders[1], "manifest.json"));
        File.WriteAllText(Path.Combine(folders[2], "frames.parquet"), "PAR1");
        string path = _folder["summary.parquet"];

        IReadOnlyList<string> unread = BatchSummary.Write(ResultFolders.Below(_folder.Path), _folder.Path, path, TestContext.Current.CancellationToken);

        Assert.StartsWith($"it's [1]/{Path.GetFileName(folders[2])} has no row", Assert.Single(unread), StringComparison.Ordinal);
        JsonElement rows = duckdb.Ask($"SELECT \"group\", labels ->> 'camera', warnings, started IS NULL FROM read_parquet({Sql(path)}) ORDER BY video");
        Assert.Equal("""[["gym","left",1,false],[null,null,null,true]]""", rows.GetRawText());
    }

    [Fact]
    public async Task A_question_is_asked_over_all_results()
    {
        duckdb.SkipOrFail();
        string[] folders = Results();
        string root = _folder["it's [1]"];
        await PoseBatchProgram.RunAsync(_folder.Path, "summary", root);
        const string Question = "SELECT count(*) AS n, count(DISTINCT video) AS videos, (SELECT CAST(sum(source_frames) AS BIGINT) FROM summary) AS frames FROM persons;";

        PoseBatchProgram.Ended csv = await PoseBatchProgram.RunAsync(_folder.Path, "query", Question, root, "--csv");
        PoseBatchProgram.Ended wrong = await PoseBatchProgram.RunAsync(_folder.Path, "query", "SELECT nonsense FROM persons", root);

        PoseResult[] results = [.. folders.Select(PoseResult.Open)];
        Assert.Equal(
            $"n,videos,frames\r\n{results.Sum(result => result.Counts.Persons)},{results.Length},{results.Sum(result => result.Counts.SourceFrames)}\r\n", csv.Output);
        Assert.Equal((0, 1), (csv.ExitCode, wrong.ExitCode));
        Assert.Contains("nonsense", wrong.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_duckdb_the_way_to_one_is_told()
    {
        Results();
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "posebatch"), ["query", "SELECT 1", _folder.Path])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["PATH"] = _folder.Path },
        };
        using Process process = Process.Start(start)!;
        string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, process.ExitCode);
        Assert.Contains("npm install @duckdb/node-api", errors, StringComparison.Ordinal);
        Assert.Contains("https://duckdb.org/docs/installation", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_documentation_has_the_same_columns_as_the_code()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "table-schema.md"));

        Assert.Equal(
            BatchSummary.Schema.Columns.Select(column => $"| `{column.Name}` | {TableWords.Of(column.Type)} | {column.Unit} | {column.NullRule} | {column.Meaning} |"),
            lines.SkipWhile(line => line != "## batch_summary.parquet").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith("| `", StringComparison.Ordinal)));
    }

    [Fact]
    public void Unfinished_work_and_links_are_no_results()
    {
        string[] folders = Results();
        string root = Path.GetDirectoryName(folders[0])!;
        Directory.CreateDirectory(Path.Combine(root, ".work"));
        Directory.Move(folders[0], Path.Combine(root, ".work", "half"));
        File.CreateSymbolicLink(Path.Combine(root, "again"), root);

        Assert.Equal(folders[1..], ResultFolders.Below(root));
        Assert.Throws<PoseBatchException>(() => ResultFolders.Below(Path.Combine(root, ".work", "none")));
    }

    private static string Sql(string path) => "'" + path.Replace("'", "''", StringComparison.Ordinal).Replace("[", "[[]", StringComparison.Ordinal) + "'";

    private string[] Results() =>
    [
        .. Enumerable.Range(0, 3).Select(i =>
        {
            using IResultWriter writer = new ParquetResultStore().Begin(SomeResult.Request(_folder["it's [1]"], $"/videos/clip{i}.mp4"));
            SomeResult.Fill(writer, 60 + i, seed: i);
            return writer.Path;
        }),
    ];
}
