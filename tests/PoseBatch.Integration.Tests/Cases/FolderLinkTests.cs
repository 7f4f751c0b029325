using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Service;

namespace PoseBatch.Cases;

/// <summary>Case 009-process-follows-links-in-circles.</summary>
public sealed class FolderLinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_clip_in_a_folder_with_a_link_in_a_circle_is_taken_once()
    {
        Directory.CreateDirectory(_folder["in/sub"]);
        TestVideos.Short(_folder["in/clip.mp4"], 0.5);
        foreach (int number in Enumerable.Range(0, 11))
        {
            await File.WriteAllTextAsync(_folder[$"in/sub/note{number}.txt"], "text", TestContext.Current.CancellationToken);
        }

        File.CreateSymbolicLink(_folder["in/sub/loop"], "..");

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "process", "in", "--recursive", "--out", "out", "--json");

        Assert.Equal(0, ended.ExitCode);
        JsonElement line = Assert.Single(ended.Json);
        Assert.Equal(("in/clip.mp4", "completed"), (line.GetProperty("video").GetString(), line.GetProperty("status").GetString()));
        Assert.Contains("in: 11 other files left out", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("in: 1 link to a folder not followed: sub/loop.", ended.Errors, StringComparison.Ordinal);
    }
}
