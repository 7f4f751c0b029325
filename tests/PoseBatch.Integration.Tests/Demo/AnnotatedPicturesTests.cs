using PoseBatch.Decode;
using PoseBatch.Ffmpeg;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Demo;

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
            new AnnotatedPictures(FfmpegTools.Find(options), options).WriteSheetAsync("clip.mp4", [0], 1, 64, sheet, TestContext.Current.CancellationToken));

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
        Task writing = pictures.WriteSheetAsync("clip.mp4", [0], 1, 64, _folder["sheet.png"], stop.Token);

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
