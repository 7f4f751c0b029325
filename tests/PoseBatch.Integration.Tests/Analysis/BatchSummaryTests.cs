using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Results;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;
using PoseBatch.Worker.Analysis.Summaries;

namespace PoseBatch.Analysis;

public sealed class BatchSummaryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_summary_counts_what_the_tables_hold()
    {
        string[] folders = Results();

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "summary", _folder["it's [1]"]);

        string summary = Path.Combine(_folder["it's [1]"], "batch_summary.parquet");
        Assert.Equal((0, summary), (ended.ExitCode, ended.Output.TrimEnd()));
        foreach (string folder in folders)
        {
            string frames = Sql(Path.Combine(folder, "frames.parquet")), persons = Sql(Path.Combine(folder, "persons.parquet")), keypoints = Sql(Path.Combine(folder, "keypoints.parquet"));
            JsonElement row = DuckDbAnswers.Ask($"""
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

        Assert.Equal(folders.Select(Path.GetFileName).Order(StringComparer.Ordinal), DuckDbAnswers.Ask($"SELECT result FROM read_parquet({Sql(summary)})").EnumerateArray().Select(row => row[0].GetString()));
    }

    [Fact]
    public void Group_and_labels_of_a_job_come_along_and_a_broken_result_has_no_row_but_a_reason()
    {
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
        JsonElement rows = DuckDbAnswers.Ask($"SELECT \"group\", labels ->> 'camera', warnings, started IS NULL FROM read_parquet({Sql(path)}) ORDER BY video");
        Assert.Equal("""[["gym","left",1,false],[null,null,null,true]]""", rows.GetRawText());
    }

    [Fact]
    public void The_Document_has_the_columns_of_the_summary() => Generated.Check("docs/table-schema.md", page => Generated.WithColumns(page, BatchSummary.Schema));

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
