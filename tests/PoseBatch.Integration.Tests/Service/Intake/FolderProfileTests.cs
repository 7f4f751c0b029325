using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary><c>posebatch.json</c> in a folder of the inbox.</summary>
public sealed class FolderProfileTests
{
    private static Writers Nobody(string path) => Writers.None;

    [Fact]
    public async Task A_profile_whose_model_is_put_there_later_holds_from_then_on()
    {
        await using Inbox inbox = new(Nobody);
        string model = inbox[".models/network.onnx"];   // below an allowed root, as a job's model has to be
        Directory.CreateDirectory(Path.GetDirectoryName(model)!);
        inbox.Write("posebatch.json", $$"""{ "model": { "name": "{{model}}" } }""");
        inbox.Write("x.mp4", age: 60);
        await inbox.ScanAsync();
        Assert.Empty(await inbox.JobsAsync());
        await File.WriteAllTextAsync(model, "a network", TestContext.Current.CancellationToken);

        await inbox.ScanAsync(after: 5);

        Assert.Equal(model, Assert.Single(await inbox.JobsAsync()).Spec.Model.Name);
    }

    [Fact]
    public async Task A_profile_holds_for_its_folder_and_those_below_which_may_change_single_fields()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("study/posebatch.json", """{ "priority": 8, "group": "seven", "frames": { "stride": 2, "max_frames": 100 }, "output": { "path": "seven", "exports": ["dlc-csv"] } }""");
        inbox.Write("study/p1/posebatch.json", """{ "frames": { "stride": 5 }, "labels": { "subject": "p1" } }""");
        inbox.Write("study/p1/x.mp4", age: 60);
        inbox.Write("study/y.mp4", age: 60);
        inbox.Write("z.mp4", age: 60);

        await inbox.ScanAsync();

        IReadOnlyList<JobRecord> jobs = await inbox.JobsAsync();
        JobSpec x = jobs[0].Spec, y = jobs[1].Spec, z = jobs[2].Spec;
        Assert.Equal((8, "seven", 5, 100L, "p1"), (x.Priority, x.Group, x.Frames.Stride, x.Frames.MaxFrames, x.Labels["subject"]));
        Assert.Equal((8, "seven", 2, 100L, 0), (y.Priority, y.Group, y.Frames.Stride, y.Frames.MaxFrames, y.Labels.Count));
        Assert.Equal((5, 1, null), (z.Priority, z.Frames.Stride, z.Frames.MaxFrames));
        Assert.Equal(["dlc-csv"], x.Output.Exports);
        Assert.Equal(("seven", null), (x.Output.Path, z.Output.Path));
    }

    [Theory]
    [InlineData("""{ "priority": 8""", "not JSON")]
    [InlineData("""{ "prioritee": 8 }""", "prioritee")]
    [InlineData("""{ "priority": 80 }""", "priority")]
    [InlineData("""{ "source": { "path": "x" } }""", "source")]
    [InlineData("""{ "source_id": "x" }""", "source_id")]
    [InlineData("""[]""", "object")]
    [InlineData("", "not JSON")]
    [InlineData("""{ "output": { "path": "../up" } }""", "output.path")]
    [InlineData("""{ "output": { "exports": ["cvs"] } }""", "output.exports")]
    [InlineData("""{ "model": { "name": "no-such-model" } }""", "model.name: Model 'no-such-model' was not found")]
    [InlineData("""{ "model": { "detector": "no-such-model" } }""", "model.detector")]
    public async Task While_a_profile_is_wrong_its_videos_wait_and_the_fault_is_named_then_they_go_on(string text, string named)
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("study/posebatch.json", text);
        inbox.Write("study/p1/x.mp4", age: 60);
        inbox.Write("other/y.mp4", age: 60);
        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 10_000);
        Assert.Equal(["other/y.mp4"], await inbox.TakenAsync());
        Assert.Contains(named, inbox.Folder.Trouble, StringComparison.Ordinal);
        Assert.Contains("posebatch.json", inbox.Waiting().Waiting, StringComparison.Ordinal);
        Assert.Single(inbox.Log.Warnings);

        inbox.Write("study/posebatch.json", """{ "priority": 7 }""");
        await inbox.ScanAsync(after: 5);

        Assert.Equal(["other/y.mp4", "study/p1/x.mp4"], await inbox.TakenAsync());
        Assert.Null(inbox.Folder.Trouble);
    }

    [Fact]
    public async Task A_changed_profile_holds_for_files_that_are_taken_from_then_on()
    {
        await using Inbox inbox = new(Nobody);
        inbox.Write("posebatch.json", """{ "priority": 7 }""");
        inbox.Write("a.mp4", age: 60);
        await inbox.ScanAsync();
        inbox.Clock.Advance(5);
        inbox.Write("posebatch.json", """{ "priority": 3 }""");
        inbox.Write("b.mp4", age: 60);
        await inbox.ScanAsync();

        Assert.Equal([7, 3], (await inbox.JobsAsync()).Select(job => job.Spec.Priority!.Value));
    }
}
