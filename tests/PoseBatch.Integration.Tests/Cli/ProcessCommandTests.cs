using System.Diagnostics;
using System.Text.Json;
using PoseBatch.Ffmpeg;
using PoseBatch.Parquet;
using PoseBatch.Results.Verification;
using PoseBatch.Shared;

namespace PoseBatch.Cli;

/// <summary>The main job from outside: the built program on real files.</summary>
public sealed class ProcessCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    [Fact]
    public async Task A_clip_becomes_tables_that_are_consistent()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, "process", PoseBatchProgram.DemoClip, "--out", "out", "--json");

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Errors));
        JsonElement report = Assert.Single(run.Json);
        Assert.Equal("completed", report.GetProperty("status").GetString());
        int announced = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(PoseBatchProgram.DemoClip, ".joints.json")))
            .RootElement.GetProperty("frame_count").GetInt32();
        Assert.Equal(announced, report.GetProperty("counts").GetProperty("source_frames").GetInt32());
        string result = report.GetProperty("result").GetString()!;
        Assert.Equal(Path.Combine(Here, "out"), Path.GetDirectoryName(result));
        Assert.Empty(ResultInspector.Inspect(result).Problems);
        Assert.Equal(0, (await PoseBatchProgram.RunAsync(Here, "inspect", result)).ExitCode);
    }

    [Fact]
    public async Task The_tables_are_the_same_bytes_whatever_batch_workers_and_threads()
    {
        string clip = _folder["short.mp4"];
        Clips.Make("-ss", "4", "-t", "2", "-i", PoseBatchProgram.DemoClip, "-c:v", "libx264", clip);
        Dictionary<string, string[]> hashes = [];
        foreach ((string batch, string workers) in new[] { ("1", "1"), ("2", "2"), ("4", "1"), ("8", "2") })
        {
            string output = $"b{batch}w{workers}";
            PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
                Here, "process", clip, "--out", output, "--json", "--batch", batch, "--workers", workers, "--decode-threads", workers);
            Assert.Equal(0, run.ExitCode);
            string result = run.Json[0].GetProperty("result").GetString()!;
            Assert.True(run.Json[0].GetProperty("counts").GetProperty("persons").GetInt32() > 0, "The clip was to show a person.");
            hashes[output] = [.. ResultInspector.Inspect(result).Tables.Select(table => $"{table.Name} {table.Sha256}")];
        }

        Assert.All(hashes.Values, tables => Assert.Equal(hashes["b1w1"], tables));
    }

    [Fact]
    public async Task Range_and_stride_leave_every_other_frame_in_the_ledger_as_skipped()
    {
        string clip = _folder["bars.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=3", "-pix_fmt", "yuv420p", clip);

        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", clip, "--out", "out", "--json", "--start", "0:01", "--end", "2.0", "--stride", "3");

        JsonElement counts = run.Json[0].GetProperty("counts");
        Assert.Equal((30, 4, 26, 0), (Count("source_frames"), Count("inferred"), Count("skipped"), Count("undecodable")));
        using ParquetFileReader frames = new(Path.Combine(run.Json[0].GetProperty("result").GetString()!, "frames.parquet"));
        Assert.Equal(30, frames.RowCount);

        int Count(string name) => counts.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task A_result_of_which_a_table_is_gone_is_in_the_way_until_it_is_told_to_overwrite()
    {
        string clip = _folder["bars.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", "-pix_fmt", "yuv420p", clip);
        string[] words = ["process", clip, "--out", "out", "--json"];
        string result = (await PoseBatchProgram.RunAsync(Here, words)).Json[0].GetProperty("result").GetString()!;
        string table = Path.Combine(result, "persons.parquet");
        File.Delete(table);

        PoseBatchProgram.Ended second = await PoseBatchProgram.RunAsync(Here, words);
        bool isLeftAlone = !File.Exists(table);
        PoseBatchProgram.Ended third = await PoseBatchProgram.RunAsync(Here, [.. words, "--overwrite"]);

        Assert.Equal((1, "output_conflict"), (second.ExitCode, second.Json[0].GetProperty("reason").GetString()));
        Assert.Contains("persons.parquet is missing", second.Json[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.True(isLeftAlone);
        Assert.Equal((0, true), (third.ExitCode, File.Exists(table)));
    }

    [Fact]
    public async Task A_second_run_leaves_the_result_alone_until_it_is_told_to_overwrite()
    {
        string clip = _folder["bars.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", "-pix_fmt", "yuv420p", clip);
        string[] words = ["process", clip, "--out", "out", "--json"];

        string first = (await PoseBatchProgram.RunAsync(Here, words)).Json[0].GetProperty("result").GetString()!;
        DateTime made = File.GetLastWriteTimeUtc(Path.Combine(first, "manifest.json"));
        PoseBatchProgram.Ended second = await PoseBatchProgram.RunAsync(Here, words);
        PoseBatchProgram.Ended third = await PoseBatchProgram.RunAsync(Here, [.. words, "--overwrite"]);

        Assert.Equal((0, "exists", first), (second.ExitCode, second.Json[0].GetProperty("status").GetString(), second.Json[0].GetProperty("result").GetString()));
        Assert.Equal((0, "completed", first), (third.ExitCode, third.Json[0].GetProperty("status").GetString(), third.Json[0].GetProperty("result").GetString()));
        Assert.True(File.GetLastWriteTimeUtc(Path.Combine(first, "manifest.json")) > made);
    }

    [Fact]
    public async Task Bad_videos_are_named_with_a_reason_and_the_good_ones_go_on()
    {
        string good = _folder["good 'q' %20 = 🎬.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", "-pix_fmt", "yuv420p", good);
        File.WriteAllBytes(_folder["empty.mp4"], []);
        File.WriteAllText(_folder["text.mp4"], "this is no video\n");
        File.WriteAllText(_folder["list.mp4"], "#EXTM3U\n#EXTINF:1,\nfile:good.mp4\n#EXT-X-ENDLIST\n");
        File.WriteAllBytes(_folder["cut.mp4"], File.ReadAllBytes(PoseBatchProgram.DemoClip)[..2000]);
        Clips.Run("mkfifo", _folder["pipe.mp4"]);
        Clips.Make("-f", "lavfi", "-i", "sine=d=1", _folder["sound.m4a"]);

        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", "empty.mp4", "text.mp4", "list.mp4", "pipe.mp4", "/dev/null", "absent.mp4", "sound.m4a", Path.GetFileName(good), "--out", "out", "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            ["not_video", "not_video", "not_video", "not_video", "not_video", "source_missing", "no_video_stream", null],
            run.Json.Select(report => report.GetProperty("reason").GetString()));
        Assert.All(run.Json.SkipLast(1), report => Assert.NotEmpty(report.GetProperty("advice").GetString()!));
        Assert.Equal(["good"], Directory.GetDirectories(_folder["out"]).Select(entry => Path.GetFileName(entry)).Where(name => !name.StartsWith('.')).Select(name => name[..4]));
        Assert.Empty(Directory.GetDirectories(_folder["out"], ".work").SelectMany(Directory.GetFileSystemEntries));
    }

    [Theory]
    [InlineData(2, "process")]
    [InlineData(2, "process", "x.mp4", "--stride", "0")]
    [InlineData(2, "process", "x.mp4", "--start", "soon")]
    [InlineData(2, "process", "x.mp4", "--start", "nan")]
    [InlineData(2, "process", "x.mp4", "--min-person-score", "0,1")]
    [InlineData(2, "process", "x.mp4", "")]
    [InlineData(2, "process", "x.mp4", "--model", " ")]
    [InlineData(2, "process", "x.mp4", "--out", "")]
    [InlineData(2, "demo", "--out", "")]
    [InlineData(2, "models", "inspect", "")]
    [InlineData(2, "inspect", "")]
    [InlineData(2, "bench", "")]
    [InlineData(1, "process", "@x.mp4")]
    [InlineData(2, "process", "x.mp4", "--provider", "gpu")]
    [InlineData(2, "process", "*.nothing")]
    [InlineData(2, "process", "x.mp4", "--config", "absent.json")]
    [InlineData(3, "process", "x.mp4", "--model", "absent-model")]
    [InlineData(2, "process", "x.mp4", "--crop-region", "maybe")]
    [InlineData(3, "process", "x.mp4", "--provider", "cuda")]
    [InlineData(2, "proces", "x.mp4")]
    [InlineData(1, "inspect", ".")]
    [InlineData(1, "inspect", "absent")]
    [InlineData(0, "--version")]
    [InlineData(0, "models", "list")]
    public async Task Exit_codes_are_those_of_the_docs(int code, params string[] words)
    {
        Assert.SkipWhen(words.Contains("cuda") && Directory.Exists("/proc/driver/nvidia"), "This machine may have CUDA.");

        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, words);

        Assert.Equal(code, run.ExitCode);
        Assert.True(code == 0 || run.Errors.Length > 0, "Nothing was said on standard error.");
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public async Task Standard_output_that_cannot_be_written_costs_no_result()
    {
        foreach (string name in new[] { "one", "two" })
        {
            Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=0.2", "-pix_fmt", "yuv420p", _folder[$"{name}.mp4"]);
        }

        PoseBatchProgram.Ended run = await PoseBatchProgram.RunInShellAsync(Here, """ "$0" process one.mp4 two.mp4 --out out > /dev/full """);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Standard output cannot be written", run.Errors, StringComparison.Ordinal);
        Assert.Equal(["one", "two"], Directory.GetDirectories(_folder["out"]).Select(entry => Path.GetFileName(entry)[..3]).Where(name => name[0] != '.').Order());
    }

    [Fact]
    public async Task A_model_whose_tensors_do_not_fit_is_refused_with_every_difference_named()
    {
        string package = Directory.CreateDirectory(_folder["model"]).FullName;
        string source = Path.Combine(Repository.Root, "models", "posebatch-small");
        File.Copy(Path.Combine(source, "model.onnx"), Path.Combine(package, "model.onnx"));
        File.WriteAllText(
            Path.Combine(package, "model.json"),
            File.ReadAllText(Path.Combine(source, "model.json"))
                .Replace("\"kpt_offset\"", "\"kpt_shift\"", StringComparison.Ordinal)
                .Replace("\"name\": \"image\"", "\"name\": \"picture\"", StringComparison.Ordinal));

        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, "process", PoseBatchProgram.DemoClip, "--model", package);

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("model_mismatch", run.Errors, StringComparison.Ordinal);
        Assert.Contains("kpt_shift", run.Errors, StringComparison.Ordinal);
        Assert.Contains("picture", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_run_leaves_no_result_and_no_process()
    {
        // Made-up frames without end in sight: the run is still going when the signal comes.
        string clip = _folder["long.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=640x480:r=30:d=120", "-preset", "ultrafast", "-pix_fmt", "yuv420p", clip);
        using FileSystemWatcher work = new(Directory.CreateDirectory(_folder["out/.work"]).FullName);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Created += (_, _) => begun.TrySetResult();
        work.EnableRaisingEvents = true;
        using Process process = PoseBatchProgram.Start(Here, "process", clip, "--out", "out", "--json");
        await Task.WhenAny(begun.Task, process.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.True(begun.Task.IsCompleted, "The run ended before it could be interrupted.");

        Clips.Run("kill", "-INT", $"{process.Id}");
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(130, process.ExitCode);
        Assert.Equal("cancelled", JsonDocument.Parse(output).RootElement.GetProperty("status").GetString());
        Assert.Empty(Directory.GetFiles(_folder["out"], "*", SearchOption.AllDirectories));
        Assert.DoesNotContain(
            Directory.GetDirectories("/proc").Where(entry => int.TryParse(Path.GetFileName(entry), out _)),
            entry => CommandLine(entry).Contains(clip, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_output_folder_that_cannot_be_written_is_a_reason_code()
    {
        string clip = _folder["bars.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", "-pix_fmt", "yuv420p", clip);
        File.WriteAllText(_folder["taken"], string.Empty);

        PoseBatchProgram.Ended inTheWay = await PoseBatchProgram.RunAsync(Here, "process", clip, "--out", "taken", "--json");
        PoseBatchProgram.Ended unwritable = await PoseBatchProgram.RunAsync(Here, "process", clip, "--out", "/proc/out", "--json");

        Assert.Equal((1, "output_conflict"), (inTheWay.ExitCode, inTheWay.Json[0].GetProperty("reason").GetString()));
        Assert.Equal((1, "disk_full"), (unwritable.ExitCode, unwritable.Json[0].GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task MoveNet_finds_the_woman_of_squats_where_an_independent_network_finds_her()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", SharedMedia.File("media", "videos", "squats.mp4"),
            "--model", SharedMedia.File("models", "movenet-lightning-4head"), "--out", "out", "--json");

        Assert.Equal(65, run.Json[0].GetProperty("counts").GetProperty("inferred").GetInt32());
        (double median, double pck) = Accuracy.Against(
            SharedMedia.File("media", "references", "squats.blazepose-full.coco17.json"), run.Json[0].GetProperty("result").GetString()!);
        Assert.InRange(median, 0, 15);
        Assert.InRange(pck, 0.99, 1);
    }

    [Fact]
    public async Task MoveNet_finds_her_as_well_when_it_looks_around_where_she_was_and_the_batch_does_not_matter()
    {
        List<string[]> hashes = [];
        foreach ((string batch, string workers) in new[] { ("1", "1"), ("4", "2") })
        {
            PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
                Here, "process", SharedMedia.File("media", "videos", "squats.mp4"), "--model", SharedMedia.File("models", "movenet-lightning-4head"),
                "--crop-region", "on", "--out", "out" + batch, "--json", "--batch", batch, "--workers", workers);
            Assert.Equal((0, string.Empty), (run.ExitCode, run.Errors));
            string result = run.Json[0].GetProperty("result").GetString()!;
            (double median, double pck) = Accuracy.Against(SharedMedia.File("media", "references", "squats.blazepose-full.coco17.json"), result);
            Assert.InRange(median, 0, 15);
            Assert.InRange(pck, 0.98, 1);
            hashes.Add([.. ResultInspector.Inspect(result).Tables.Select(table => $"{table.Name} {table.Sha256}")]);
        }

        Assert.Equal(hashes[0], hashes[1]);
    }

    public void Dispose() => _folder.Dispose();

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return string.Empty;   // it has just ended
        }
    }
}
