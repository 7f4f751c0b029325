using System.Security.Cryptography;
using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Reading;
using PoseBatch.Service;

namespace PoseBatch.Cases;

/// <summary>Case r-key-and-bytes: equal keys mean equal tables, whatever times the file has.</summary>
public sealed class EqualBytesTests : IDisposable
{
    private static readonly string[] Tables = ["frames.parquet", "keypoints.parquet", "persons.parquet", "tracks.parquet"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("compact")]
    [InlineData("compatible")]
    public async Task A_touched_video_and_a_copy_of_it_give_the_same_bytes(string profile)
    {
        string video = TestVideos.Short(_folder["v.mp4"], 2);
        Directory.CreateDirectory(_folder["copy"]);
        string before = await ProcessAsync(video, profile, "a");
        File.Copy(video, _folder["copy/v.mp4"]);
        File.SetLastWriteTimeUtc(video, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        string touched = await ProcessAsync(video, profile, "b"), copied = await ProcessAsync(_folder["copy/v.mp4"], profile, "c");

        Assert.Equal([Path.GetFileName(before), Path.GetFileName(before)], [Path.GetFileName(touched), Path.GetFileName(copied)]);
        Assert.Equal(Hashes(before), Hashes(touched));
        Assert.Equal(Hashes(before), Hashes(copied));

        // The time itself is not lost.
        JsonElement manifest = JsonElement.Parse(await File.ReadAllBytesAsync(Path.Combine(touched, "manifest.json"), TestContext.Current.CancellationToken));
        Assert.Equal(new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc), manifest.GetProperty("source").GetProperty("mtime").GetDateTime());
        AssertNamesStandOnce(manifest);
        AssertNamesStandOnce(PoseResult.Open(touched).Section("settings"));
    }

    private static void AssertNamesStandOnce(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            string[] names = [.. element.EnumerateObject().Select(property => property.Name)];
            Assert.Equal(names.Distinct(), names);
            foreach (JsonProperty property in element.EnumerateObject())
            {
                AssertNamesStandOnce(property.Value);
            }
        }
    }

    [Fact]
    public async Task The_service_gives_the_bytes_of_process_in_one_segment_or_in_many()
    {
        string video = TestVideos.Short(_folder["v.mp4"], 3);
        string[] plain = Hashes(await ProcessAsync(video, "compact", "a"));
        await using RunningService service = await RunningService.StartAsync(_folder.Path, ("Output:SegmentSeconds", "1"));
        await using SqliteJobStore store = service.OpenStore();
        File.SetLastWriteTimeUtc(video, new DateTime(2002, 2, 2, 0, 0, 0, DateTimeKind.Utc));

        await service.SubmitAsync(new { source = new { path = "v.mp4" } });
        JobRecord segmented = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        File.SetLastWriteTimeUtc(video, new DateTime(2003, 3, 3, 0, 0, 0, DateTimeKind.Utc));
        await service.SubmitAsync(new { source = new { path = "v.mp4" }, output = new { path = "again", overwrite = "replace" } });
        JobRecord again = (await RunningService.JobsAsync(store, RunningService.AllOver(2))).Single(job => job.Id != segmented.Id);

        Assert.Equal([JobStatus.Completed, JobStatus.Completed], [segmented.Status, again.Status]);
        Assert.Equal(Hashes(segmented.ResultPath!), Hashes(again.ResultPath!));
        Assert.Equal(4, plain.Length);
    }

    private async Task<string> ProcessAsync(string video, string profile, string output)
    {
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
            _folder.Path, "process", video, "--profile", profile, "--out", output, "--json");
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return Assert.Single(ended.Json).GetProperty("result").GetString()!;
    }

    private static string[] Hashes(string result) =>
        [.. Tables.Select(table => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(result, table)))))];
}
