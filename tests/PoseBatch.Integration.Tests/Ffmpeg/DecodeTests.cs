using System.Buffers.Binary;
using PoseBatch.Geometry;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>Clips made on the spot, against ffprobe's stamps and ffmpeg's own pictures.</summary>
public sealed class DecodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("constant.mp4", "-r 25 -c:v libx264 -bf 0")]
    [InlineData("bframes.mp4", "-r 25 -c:v libx264 -bf 3")]
    [InlineData("opengop.mp4", "-r 25 -c:v libx264 -bf 3 -g 10 -x264-params open-gop=1")]
    [InlineData("ntsc.mp4", "-r 30000/1001 -c:v libx264")]
    [InlineData("ntsc.mkv", "-r 30000/1001 -c:v libx264")]
    [InlineData("offset.mp4", "-r 25 -c:v libx264 -bf 2 -output_ts_offset 1.5")]
    [InlineData("offset.ts", "-r 25 -c:v libx264 -bf 2 -output_ts_offset 20000")]
    [InlineData("variable.mp4", "-vf select='not(eq(mod(n,5),3))',setpts=PTS+0.013*mod(N\\,2)/TB -vsync vfr -c:v libx264 -bf 2")]
    [InlineData("variable.mkv", "-vf select='not(eq(mod(n,5),3))' -vsync vfr -c:v libx264 -bf 2")]
    [InlineData("one.mp4", "-frames:v 1 -c:v libx264")]
    [InlineData("odd.mkv", "-vf scale=37:53 -c:v ffv1")]
    [InlineData("programme.mpg", "-r 25 -c:v mpeg2video -bf 2")]
    [InlineData("flash.flv", "-r 25 -c:v flv1")]
    [InlineData("vp8.webm", "-r 25 -c:v libvpx -deadline realtime")]
    [InlineData("theora.ogv", "-r 25 -c:v libtheora")]
    [InlineData("windows.asf", "-r 25 -c:v msmpeg4")]
    [InlineData("studio.mxf", "-r 25 -c:v mpeg2video")]
    [InlineData("vp8.ivf", "-r 25 -c:v libvpx -deadline realtime")]
    [InlineData("raw.y4m", "-r 25")]
    [InlineData("hevc.mp4", "-r 25 -c:v libx265 -x265-params log-level=none")]
    public async Task The_ledger_holds_the_stamps_ffprobe_gives(string name, string how)
    {
        string path = _folder[name];
        Clips.Make(["-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1", "-pix_fmt", "yuv420p", .. how.Split(' '), path]);
        long?[] expected = Clips.BestEffortStamps(path, 0);

        (VideoInfo video, List<FrameStamp> stamps, DecodeReport report) = await Clips.ReadAllAsync(path);

        Assert.NotEmpty(expected);
        // For the last frame of a programme stream ffprobe gives none, but ffmpeg does.
        Assert.Equal(expected, stamps.Zip(expected, (stamp, given) => given is null ? null : stamp.Pts));
        Assert.Equal(Enumerable.Range(0, expected.Length), stamps.Select(stamp => (int)stamp.Index));
        Assert.All(stamps, stamp => Assert.Equal((stamp.Pts!.Value - expected[0]!.Value) * video.TimeBase.Value, stamp.Seconds, 1e-9));
        Assert.All(stamps, stamp => Assert.Equal(FrameStatus.Ok, stamp.Status));
        Assert.True(stamps[0].IsKey);
        Assert.False(report.EndsEarly);
    }

    [Theory]
    [InlineData("bare.h264", "-c:v libx264 -bf 2")]
    [InlineData("bare.hevc", "-c:v libx265 -x265-params log-level=none")]
    [InlineData("bare.mpeg4", "-c:v mpeg4 -f m4v")]
    [InlineData("bare.mjpeg", "-c:v mjpeg")]
    [InlineData("bare.obu", "-c:v libaom-av1 -cpu-used 8 -usage realtime")]
    public async Task A_bare_stream_has_estimated_times_and_no_stamps(string name, string how)
    {
        string path = _folder[name];
        Clips.Make(["-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1", "-pix_fmt", "yuv420p", .. how.Split(' '), path]);

        (_, List<FrameStamp> stamps, _) = await Clips.ReadAllAsync(path);

        Assert.Equal(25, stamps.Count);
        Assert.All(stamps, stamp => Assert.Equal((null, TimeSource.Estimated), (stamp.Pts, stamp.TimeSource)));
        Assert.All(stamps, stamp => Assert.Equal(stamp.Index / 25.0, stamp.Seconds, 1e-9));
    }

    [Fact]
    public async Task Stamps_that_run_backwards_are_told_as_they_are()
    {
        string once = _folder["once.ts"];
        string twice = _folder["twice.ts"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1", "-c:v", "libx264", "-bf", "2", once);
        byte[] bytes = await File.ReadAllBytesAsync(once);
        await File.WriteAllBytesAsync(twice, [.. bytes, .. bytes]);

        (_, List<FrameStamp> stamps, DecodeReport report) = await Clips.ReadAllAsync(twice);

        Assert.Equal(50, stamps.Count);
        Assert.Equal(Clips.BestEffortStamps(twice, 0), stamps.Select(stamp => stamp.Pts));
        Assert.Equal(0, report.UndecodableFrames);
        Assert.Equal(0, stamps[25].Seconds, 1e-9);
    }

    [Theory]
    [InlineData(1, 0, 0, 1, 0, false)]
    [InlineData(0, 1, -1, 0, 90, false)]
    [InlineData(-1, 0, 0, -1, 180, false)]
    [InlineData(0, -1, 1, 0, 270, false)]
    [InlineData(-1, 0, 0, 1, 0, true)]
    [InlineData(0, -1, -1, 0, 90, true)]
    [InlineData(1, 0, 0, -1, 180, true)]
    [InlineData(0, 1, 1, 0, 270, true)]
    public async Task Rotation_and_mirror_are_applied_and_told(int a, int b, int c, int d, int clockwise, bool mirror)
    {
        string path = _folder["turned.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=1,setsar=4/3", "-c:v", "libx264", "-pix_fmt", "yuv420p", path);
        await SetDisplayMatrixAsync(path, a, b, c, d);
        PixelSize shown = clockwise is 90 or 270 ? new(48, 64) : new(64, 48);

        (VideoInfo video, List<FrameStamp> stamps, _) = await Clips.ReadAllAsync(path);

        Assert.Equal((clockwise, mirror), (video.RotationApplied, video.MirrorApplied));
        Assert.Equal(shown, video.DisplaySize);
        Assert.Equal(clockwise is 90 or 270 ? new Rational(3, 4) : new Rational(4, 3), video.SampleAspectRatio);
        Assert.All(stamps, stamp => Assert.Equal(shown, stamp.DisplaySize));
        Assert.Equal(await FirstPictureAsync(path, shown), await FirstFrameAsync(path, new(PixelLayout.Rgb24, shown)));
    }

    [Theory]
    [InlineData(PixelLayout.Rgb24, 33, 17)]
    [InlineData(PixelLayout.Yuv420p, 64, 48)]
    [InlineData(PixelLayout.Yuv420p, 33, 17)]
    [InlineData(PixelLayout.Rgb24, 1, 1)]
    public async Task Pictures_are_what_ffmpeg_itself_makes_of_them(PixelLayout layout, int width, int height)
    {
        string path = _folder["picture.mkv"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", path);

        byte[] frame = await FirstFrameAsync(path, new(layout, new(width, height)));

        Assert.Equal(await FirstPictureAsync(path, new(width, height), layout == PixelLayout.Rgb24 ? "rgb24" : "yuv420p"), frame);
    }

    [Fact]
    public async Task A_buffer_too_small_is_a_mistake_of_the_caller()
    {
        string path = _folder["small.mkv"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=1", "-c:v", "ffv1", path);
        VideoInfo video = await Clips.Decoder.ProbeAsync(path, null, TestContext.Current.CancellationToken);
        await using IVideoReader reader = Clips.Decoder.Open(video, Clips.Thumbnail, TestContext.Current.CancellationToken);

        Assert.Throws<ArgumentException>(() => reader.TryRead(new byte[10], out _));
    }

    /// <summary>Writes the matrix into the track header of an MP4: nine numbers at byte 40 behind the box name.</summary>
    private static async Task SetDisplayMatrixAsync(string path, int a, int b, int c, int d)
    {
        byte[] bytes = await File.ReadAllBytesAsync(path);
        int matrix = bytes.AsSpan().IndexOf("tkhd"u8) + 4 + 40;
        Assert.Equal(0x00010000, BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(matrix)));
        foreach ((int at, int value) in ((int, int)[])[(0, a), (4, b), (12, c), (16, d)])
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(matrix + at), value << 16);
        }

        await File.WriteAllBytesAsync(path, bytes);
    }

    private static async Task<byte[]> FirstFrameAsync(string path, FrameFormat format)
    {
        VideoInfo video = await Clips.Decoder.ProbeAsync(path, null, TestContext.Current.CancellationToken);
        await using IVideoReader reader = Clips.Decoder.Open(video, format, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[format.ByteCount];
        Assert.True(reader.TryRead(pixels, out _));
        return pixels;
    }

    /// <summary>ffmpeg left to itself: it turns pictures of its own accord.</summary>
    private async Task<byte[]> FirstPictureAsync(string path, PixelSize size, string layout = "rgb24")
    {
        string picture = _folder["picture.raw"];
        Clips.Make(
            "-i", path, "-frames:v", "1", "-vf", $"scale={size.Width}:{size.Height}:flags=area",
            "-pix_fmt", layout, "-f", "rawvideo", picture);
        return await File.ReadAllBytesAsync(picture);
    }
}
