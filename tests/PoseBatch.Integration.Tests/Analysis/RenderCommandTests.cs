using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Results.Reading;
using PoseBatch.Shared;
using PoseBatch.Video;
using PoseBatch.Worker.Analysis.Rendering;

namespace PoseBatch.Analysis;

public sealed class RenderCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sq-vfr.mp4")]
    [InlineData("sq-rotated-meta.mp4")]
    [InlineData("sq-faststart-cut.mp4")]
    public async Task The_drawn_video_has_every_frame_with_a_picture_at_its_own_time(string name)
    {
        PoseResult result = await ProcessAsync(SharedMedia.File("media", "derived", name));
        string drawn = _folder["drawn, it's.mp4"];

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "render", result.Path, "--out", drawn);

        Assert.Equal((0, drawn), (ended.ExitCode, ended.Output.TrimEnd()));
        (VideoInfo video, List<FrameStamp> stamps, _) = await Clips.ReadAllAsync(drawn);
        ResultFrame[] frames = [.. result.ReadFrames(TestContext.Current.CancellationToken).Where(frame => frame.HasPicture)];
        Assert.Equal(frames.Select(frame => Math.Round(frame.Seconds - frames[0].Seconds, 4)), stamps.Select(stamp => Math.Round(stamp.Seconds, 4)));
        Assert.Equal((result.DisplaySize, 0), (video.DisplaySize, video.RotationApplied));
    }

    [Fact]
    public async Task Another_video_is_refused_unless_it_is_forced_and_a_missing_one_is_asked_for()
    {
        string clip = _folder["clip.mp4"], other = _folder["other.mp4"];
        File.Copy(PoseBatchProgram.DemoClip, clip);
        PoseResult result = await ProcessAsync(clip);
        byte[] bytes = await File.ReadAllBytesAsync(clip, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(other, [.. bytes, 0], TestContext.Current.CancellationToken);
        File.Delete(clip);
        string[] words = ["render", result.Path, "--frames", "5,7", "--out", _folder["frames"]];

        PoseBatchProgram.Ended missing = await PoseBatchProgram.RunAsync(_folder.Path, words);
        PoseBatchProgram.Ended wrong = await PoseBatchProgram.RunAsync(_folder.Path, [.. words, "--video", other]);
        PoseBatchProgram.Ended forced = await PoseBatchProgram.RunAsync(_folder.Path, [.. words, "--video", other, "--force"]);

        Assert.Equal((1, 1, 0), (missing.ExitCode, wrong.ExitCode, forced.ExitCode));
        Assert.Contains("source_missing", missing.Errors, StringComparison.Ordinal);
        Assert.Contains("--video", missing.Errors, StringComparison.Ordinal);
        Assert.Contains("source_changed", wrong.Errors, StringComparison.Ordinal);
        Assert.Contains(result.Identity.Value, wrong.Errors, StringComparison.Ordinal);
        Assert.Equal(["frame-000005.png", "frame-000007.png"], Directory.GetFiles(_folder["frames"]).Select(Path.GetFileName).Order());
        Assert.Equal(result.DisplaySize, (await Clips.Decoder.ProbeAsync(_folder["frames/frame-000005.png"], null, TestContext.Current.CancellationToken)).DisplaySize);
    }

    [Fact]
    public async Task A_frame_that_the_result_lacks_is_named_before_anything_is_made()
    {
        PoseResult result = await ProcessAsync(PoseBatchProgram.DemoClip);

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "render", result.Path, "--frames", "1,100000", "--out", _folder["frames"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains($"its frames are 0 to {result.Counts.SourceFrames - 1}", ended.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["frames"]));
    }

    [Fact]
    public void A_sheet_shows_the_middle_of_each_part_or_the_inferred_frame_nearest_to_it()
    {
        PoseResult result = PoseBatch.Analysis.TrackedResult.Untracked(_folder, 120);
        int[] inferred = [.. result.ReadFrames(TestContext.Current.CancellationToken).Where(frame => frame.IsInferred).Select(frame => frame.Index)];
        double[] middles = [4.5, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5, 74.5, 84.5, 94.5, 104.5, 114.5];

        Assert.Equal(middles.Select(middle => inferred.MinBy(frame => double.Abs(frame - middle))), SheetLayout.Choose(result, 12, TestContext.Current.CancellationToken));
        Assert.Equal(inferred, SheetLayout.Choose(result, 1000, TestContext.Current.CancellationToken));
    }

    private async Task<PoseResult> ProcessAsync(string video)
    {
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "process", video, "--out", _folder["results"], "--json");
        Assert.Equal(0, ended.ExitCode);
        return PoseResult.Open(ended.Json[0].GetProperty("result").GetString()!);
    }
}
