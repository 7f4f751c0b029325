using PoseBatch.Ffmpeg;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Cli;

public sealed class AnnotatedPicturesTests : IDisposable
{
    private const int Side = 64, Places = 12;

    private static readonly Skeleton Dot = new("dot", ["nose"], [], []);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // At 25 fps, ffmpeg takes frame 803 for one at 32.119 s.
    [Theory]
    [InlineData("25", 830)]
    [InlineData("30000/1001", 300)]
    [InlineData("99", 300)]
    [InlineData("240", 480)]
    public async Task Every_frame_shows_its_own_drawing_at_its_own_time(string rate, int frameCount)
    {
        string clip = _folder["a clip, it's; 5:0 [%d]\\.mp4"];
        Clips.Make(
            "-f", "lavfi", "-i", $"color=black:size={Side}x{Side}:rate={rate}", "-frames:v", $"{frameCount}",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "file:" + clip);
        (VideoInfo video, List<FrameStamp> stamps, _) = await Clips.ReadAllAsync(clip);
        string annotated = clip + " annotated.mp4";

        await Pictures().WriteVideoAsync(
            video, Dot, stamps.Select((stamp, frame) => new PosedFrame(stamp.Seconds, [[Centre(frame)]])), annotated,
            TestContext.Current.CancellationToken);

        (VideoInfo copied, List<FrameStamp> copies, _) = await Clips.ReadAllAsync(annotated);
        Assert.Equal(stamps.Select(stamp => stamp.Seconds), copies.Select(stamp => stamp.Seconds));
        byte[] pixels = new byte[Side * Side * 3];
        await using IVideoReader reader = Clips.Decoder.Open(copied, new(PixelLayout.Rgb24, new(Side, Side)), TestContext.Current.CancellationToken);
        for (int frame = 0; reader.TryRead(pixels, out _); frame++)
        {
            Assert.Equal(frame % Places, BrightestPlace(pixels));
        }

        Assert.False(File.Exists(annotated + ".ass"));
    }

    [Fact]
    public async Task A_turned_video_of_odd_size_is_drawn_on_as_people_see_it()
    {
        string clip = _folder["turned.mp4"], upright = _folder["upright.mkv"];
        Clips.Make(
            "-f", "lavfi", "-i", "color=black:size=64x64:rate=10,format=rgb24,crop=64:33", "-frames:v", "3", "-c:v", "libx264rgb", "-pix_fmt", "rgb24", "file:" + upright);
        Clips.Make("-i", "file:" + upright, "-c", "copy", "-metadata:s:v", "rotate=90", "file:" + clip);
        VideoInfo video = await Clips.Decoder.ProbeAsync(clip, null, TestContext.Current.CancellationToken);
        Assert.SkipUnless(video.RotationApplied != 0, "This ffmpeg does not write the rotation of a copied stream.");
        string annotated = _folder["annotated.mp4"];

        await Pictures().WriteVideoAsync(
            video, Dot, [new PosedFrame(0, [[new(16, 50, 1)]])], annotated, TestContext.Current.CancellationToken);

        (VideoInfo copied, _, _) = await Clips.ReadAllAsync(annotated);
        Assert.Equal(33, video.DisplaySize.Width);
        Assert.Equal((new(34, 64), 0), (copied.DisplaySize, copied.RotationApplied));
        byte[] pixels = new byte[34 * 64 * 3];
        await using IVideoReader reader = Clips.Decoder.Open(copied, new(PixelLayout.Rgb24, new(34, 64)), TestContext.Current.CancellationToken);
        Assert.True(reader.TryRead(pixels, out _));
        Assert.True(pixels[((50 * 34) + 16) * 3] > 120, "The dot is not where it was put.");
    }

    // One key frame in 250: far from every frame but the first, so that seeking has to come out right.
    [Theory]
    [InlineData("mp4", 0)]
    [InlineData("mp4", 99)]
    [InlineData("mkv", 149)]
    [InlineData("ts", 120)]
    [InlineData("mp4", 239)]
    public async Task A_single_frame_is_the_one_that_was_asked_for(string container, int wanted)
    {
        string clip = _folder["steps, it's." + container];
        Clips.Make(
            "-f", "lavfi", "-i", $"color=black:size={Side}x{Side}:rate=25,format=gray,geq=lum='20+5*mod(N,40)'", "-frames:v", "240",
            "-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-pix_fmt", "yuv420p", "file:" + clip);
        (VideoInfo video, List<FrameStamp> stamps, _) = await Clips.ReadAllAsync(clip);
        string picture = _folder["frame.png"];

        await Pictures().WriteFrameAsync(
            video, new(wanted, stamps[wanted].Pts, stamps[wanted].Seconds, video.DisplaySize), PictureShape.Exact, picture, TestContext.Current.CancellationToken);

        Assert.InRange(await LightOf(picture) - await LightOf(clip, wanted), -2, 2);
    }

    [Fact]
    public async Task A_frame_that_is_not_there_is_said_to_be_missing()
    {
        string clip = _folder["short.mp4"], picture = _folder["frame.png"];
        Clips.Make("-f", "lavfi", "-i", "color=black:size=64x64:rate=25", "-frames:v", "200", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "file:" + clip);
        VideoInfo video = await Clips.Decoder.ProbeAsync(clip, null, TestContext.Current.CancellationToken);

        PoseBatchException fault = await Assert.ThrowsAsync<PoseBatchException>(() => Pictures().WriteFrameAsync(
            video, new(500, 500 * 512, 20, video.DisplaySize), PictureShape.Exact, picture, TestContext.Current.CancellationToken));

        Assert.Contains("no picture for frame 500", fault.Message, StringComparison.Ordinal);
        Assert.Equal([clip], Directory.GetFiles(Path.GetDirectoryName(clip)!));
    }

    // 64:45 pixels make 720 x 576 look 1024 x 576.
    [Theory]
    [InlineData(64, 45, 512, 512, 512, 288)]
    [InlineData(1, 1, 360, 200, 250, 200)]
    public void A_fitted_picture_has_the_shape_that_players_show(int across, int down, int boxWidth, int boxHeight, int width, int height) =>
        Assert.Equal(new(width, height), new PictureShape { Box = new(boxWidth, boxHeight) }.SizeOf(new(720, 576), new(across, down)));

    private static async Task<int> LightOf(string path, int frame = 0)
    {
        VideoInfo video = await Clips.Decoder.ProbeAsync(path, null, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[Side * Side * 3];
        await using IVideoReader reader = Clips.Decoder.Open(video, new(PixelLayout.Rgb24, new(Side, Side)), TestContext.Current.CancellationToken);
        for (int index = 0; index <= frame; index++)
        {
            Assert.True(reader.TryRead(pixels, out _));
        }

        return pixels[((Side * Side / 2) + (Side / 2)) * 3];
    }

    [Fact]
    public async Task A_failing_ffmpeg_is_quoted_and_leaves_no_file()
    {
        FfmpegOptions options = new()
        {
            FfmpegPath = _folder.Script("ffmpeg", "echo 'the pencil is broken' >&2; exit 3"),
            FfprobePath = _folder.Script("ffprobe", "exit 3"),
        };
        string sheet = _folder["sheet.png"];

        PoseBatchException fault = await Assert.ThrowsAsync<PoseBatchException>(() =>
            new AnnotatedPictures(FfmpegTools.Find(options), options).WriteSheetAsync("cell-%d.png", 1, 1, sheet, TestContext.Current.CancellationToken));

        Assert.Contains("exit code 3", fault.Message, StringComparison.Ordinal);
        Assert.Contains("the pencil is broken", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(sheet));
    }

    [Fact]
    public async Task A_cancelled_picture_ends_its_ffmpeg_and_leaves_no_file()
    {
        FfmpegOptions options = new()
        {
            FfmpegPath = _folder.Script("ffmpeg", "exec sleep 600"),
            FfprobePath = _folder.Script("ffprobe", "exit 3"),
        };
        AnnotatedPictures pictures = new(FfmpegTools.Find(options), options);
        using CancellationTokenSource stop = new();
        Task writing = pictures.WriteSheetAsync("cell-%d.png", 1, 1, _folder["sheet.png"], stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        Assert.False(File.Exists(_folder["sheet.png"]));
    }

    [Fact]
    public async Task An_ffmpeg_without_libass_says_so()
    {
        FfmpegOptions options = new()
        {
            FfmpegPath = _folder.Script("ffmpeg", "echo ' ... bass  A->A  Boost or cut lower frequencies, like ass never did.'"),
            FfprobePath = _folder.Script("ffprobe", "exit 3"),
        };

        string? reason = await new AnnotatedPictures(FfmpegTools.Find(options), options).WhyNotAsync(TestContext.Current.CancellationToken);

        Assert.Contains("without the ass filter", reason, StringComparison.Ordinal);
    }

    private static AnnotatedPictures Pictures() => new(Clips.Decoder.Tools, new FfmpegOptions());

    // The dots wander over a grid of 4 x 3 places, so that neighbours in time are far apart.
    private static Keypoint Centre(int frame) => new(8 + (frame % Places % 4 * 16), 12 + (frame % Places / 4 * 20), 1);

    private static int BrightestPlace(byte[] pixels)
    {
        byte[] lights = [.. Enumerable.Range(0, Places).Select(place => pixels[(((int)Centre(place).Y * Side) + (int)Centre(place).X) * 3])];
        Assert.Equal(1, lights.Count(light => light > 120));
        return lights.IndexOf(lights.Max());
    }
}
