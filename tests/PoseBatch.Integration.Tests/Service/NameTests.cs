using System.Text;
using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;

namespace PoseBatch.Service;

/// <summary>Promise P18: a file may have any name, whichever way it comes in.</summary>
public sealed class NameTests : IDisposable
{
    private static readonly string[] Names =
    [
        "with spaces  and more.mp4",
        "'single' \"double\" `back`.mp4",
        "a=b&c;d|e$HOME$(id).mp4",
        "100%25 %s %n.mp4",
        "🏃‍♀️ läuft 走る.mp4",
        "שלום مرحبا\u202E.mp4",
        "line\nbreak\ttab.mp4",
        "-rf --help.mp4",
        "back\\slash*?[x].mp4",
        "https:--x:y@z#f?q.mp4",
        "ends with a dot.",
        new string('n', 251) + ".mp4",
        string.Concat(Enumerable.Repeat("あ", 83)) + "x.mp4",   // 249 + 5 bytes
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch names ü=%-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_odd_name_comes_through_every_door()
    {
        Assert.Equal(255, Encoding.UTF8.GetByteCount(Names[^2]));
        string clip = TestVideos.Short(Path.Combine(_folder.FullName, "clip.mp4"), seconds: 0.5);
        string[] doors = ["inbox", "api", "file", "cli"];
        int number = 0;
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Jobs:Parallel", "4"));
        await using SqliteJobStore store = service.OpenStore();
        foreach (string door in doors)
        {
            string place = Directory.CreateDirectory(Path.Combine(_folder.FullName, door)).FullName;
            foreach (string name in Names)
            {
                TestVideos.Copy(clip, Path.Combine(_folder.FullName, "new"), ++number);
                File.Move(Path.Combine(_folder.FullName, "new"), Path.Combine(place, name));
            }
        }

        foreach ((string name, int index) in Names.Select((name, index) => (name, index)))
        {
            await service.SubmitAsync(new { source = new { path = "api/" + name } });
            await File.WriteAllTextAsync(
                Path.Combine(_folder.FullName, "jobs", $"{index}.json"), JsonSerializer.Serialize(new { source = new { path = "file/" + name } }),
                TestContext.Current.CancellationToken);
        }

        PoseBatchProgram.Ended submitted = await PoseBatchProgram.RunAsync(
            Path.Combine(_folder.FullName, "cli"), ["submit", "--server", service.Url!.ToString(), "--", .. Names]);
        Assert.True(submitted.ExitCode == 0, submitted.Errors);

        IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(doors.Length * Names.Length));

        Assert.Equal(
            doors.SelectMany(door => Names.Select(name => Path.Combine(_folder.FullName, door, name))).Order(StringComparer.Ordinal),
            jobs.Select(job => job.Spec.Source.Path).Order(StringComparer.Ordinal));
        Assert.All(jobs, job =>
        {
            Assert.True(job.Status == JobStatus.Completed, $"{job.Spec.Source.Path}: {job.Status} {job.Reason} {job.Message}");
            ResultInspection result = ResultInspector.Inspect(job.ResultPath!);
            Assert.Empty(result.Problems);
            Assert.Contains(JsonSerializer.Deserialize<JsonElement>(result.Manifest!).GetProperty("source").EnumerateObject(), property =>
                property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() == Path.GetFileName(job.Spec.Source.Path));
        });
    }
}
