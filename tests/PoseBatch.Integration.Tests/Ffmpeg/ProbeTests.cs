using System.Diagnostics;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

public sealed class ProbeTests(ProbeTests.Samples samples) : IClassFixture<ProbeTests.Samples>
{
    [Fact]
    public async Task A_missing_file_is_missing() => await RefusedAsync(samples["nothing.mp4"], ReasonCode.SourceMissing, "does not exist");

    [Fact]
    public async Task A_name_no_file_can_have_is_missing() => await RefusedAsync("a\0b.mp4", ReasonCode.SourceMissing, "does not exist");

    [Fact]
    public async Task An_empty_file_is_no_video() => await RefusedAsync(samples.Write("empty.mp4", ""), ReasonCode.NotVideo, "0 bytes");

    [Fact]
    public async Task A_name_that_reads_like_a_message_decides_nothing() =>
        await RefusedAsync(samples.Write("Permission denied: moov atom not found.mp4", "no video at all"), ReasonCode.NotVideo, "not a video");

    [Fact]
    public async Task An_ffprobe_that_talks_nonsense_is_no_defect_of_the_program()
    {
        FfmpegVideoDecoder decoder = new(new FfmpegOptions { FfprobePath = samples.Folder.Script("babbling-probe", "echo nonsense") });

        PoseBatchException failure = await Assert.ThrowsAsync<PoseBatchException>(
            () => decoder.ProbeAsync(samples["clip.mp4"], null, TestContext.Current.CancellationToken));

        Assert.Equal(ReasonCode.DecodeFailed, failure.Reason);
        Assert.Contains("Decode:FfprobePath", failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_named_like_a_video_is_no_video() =>
        await RefusedAsync(samples.Write("text.mp4", "this is not a video\n"), ReasonCode.NotVideo, "not a video");

    [Fact]
    public async Task Noise_named_like_a_video_is_no_video()
    {
        byte[] noise = new byte[20_000];
        new Random(5).NextBytes(noise);
        await File.WriteAllBytesAsync(samples["noise.mkv"], noise);

        await RefusedAsync(samples["noise.mkv"], ReasonCode.NotVideo, "noise.mkv");
    }

    [Fact]
    public async Task A_folder_is_no_video() => await RefusedAsync(Path.GetTempPath(), ReasonCode.NotVideo, "a folder");

    [Fact]
    public async Task A_device_is_no_video() => await RefusedAsync("/dev/zero", ReasonCode.NotVideo, "a device");

    [Fact]
    public async Task A_fifo_is_refused_without_being_opened()
    {
        Clips.Run("mkfifo", samples["fifo.mp4"]);
        Stopwatch watch = Stopwatch.StartNew();

        await RefusedAsync(samples["fifo.mp4"], ReasonCode.NotVideo, "FIFO");

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("hls.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:1,\nclip.ts\n#EXT-X-ENDLIST\n", "hls")]
    [InlineData("list.mp4", "ffconcat version 1.0\nfile clip.ts\n", "concat")]
    public async Task A_playlist_named_like_a_video_opens_no_other_file(string name, string text, string format) =>
        await RefusedAsync(samples.Write(name, text), ReasonCode.NotVideo, $"({format})");

    [Fact]
    public async Task An_mp4_without_its_index_may_still_be_in_the_making()
    {
        byte[] whole = await File.ReadAllBytesAsync(samples["clip.mp4"]);
        await File.WriteAllBytesAsync(samples["begun.mp4"], whole[..(whole.Length / 2)]);

        await RefusedAsync(samples["begun.mp4"], ReasonCode.SourceUnsettled, "moov");
    }

    [Fact]
    public async Task A_file_with_sound_only_has_no_video_stream_and_says_what_it_holds() =>
        await RefusedAsync(samples["sound.m4a"], ReasonCode.NoVideoStream, "0 (audio, aac)");

    [Fact]
    public async Task A_cover_picture_is_no_video_stream() =>
        await RefusedAsync(samples["cover.m4a"], ReasonCode.NoVideoStream, "cover picture");

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public async Task Asking_for_a_stream_that_is_no_video_lists_those_there_are(int index)
    {
        PoseBatchException failure = await Assert.ThrowsAsync<PoseBatchException>(
            () => Clips.Decoder.ProbeAsync(samples["both.mp4"], index, TestContext.Current.CancellationToken));

        Assert.Equal(ReasonCode.NoVideoStream, failure.Reason);
        Assert.Contains("0 (video, h264), 1 (audio, aac)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_codec_nobody_knows_is_unsupported()
    {
        byte[] bytes = await File.ReadAllBytesAsync(samples["clip.avi"]);
        for (int at; (at = bytes.AsSpan().IndexOf("FMP4"u8)) >= 0;)
        {
            "ZZZZ"u8.CopyTo(bytes.AsSpan(at));
        }

        await File.WriteAllBytesAsync(samples["unknown.avi"], bytes);

        await RefusedAsync(samples["unknown.avi"], ReasonCode.CodecUnsupported, "ZZZZ");
    }

    [Fact]
    public async Task Pictures_over_the_limit_are_refused()
    {
        FfmpegVideoDecoder strict = new(new FfmpegOptions { MaxPixels = 1000 });

        PoseBatchException failure = await Assert.ThrowsAsync<PoseBatchException>(
            () => strict.ProbeAsync(samples["clip.mp4"], null, TestContext.Current.CancellationToken));

        Assert.Equal(ReasonCode.CodecUnsupported, failure.Reason);
        Assert.Contains("1000", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Decode:MaxPixels", failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_that_says_nothing_is_ended_as_stalled()
    {
        string silent = samples.Folder.Script("silent-probe", "exec sleep 600");
        FfmpegVideoDecoder decoder = new(new FfmpegOptions { FfprobePath = silent }, new HurriedClock());

        PoseBatchException failure = await Assert.ThrowsAsync<PoseBatchException>(
            () => decoder.ProbeAsync(samples["clip.mp4"], null, TestContext.Current.CancellationToken));

        Assert.Equal(ReasonCode.Stalled, failure.Reason);
        Assert.Contains("Decode:StallSeconds", failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_probe_ends_at_once()
    {
        string silent = samples.Folder.Script("waiting-probe", "exec sleep 600");
        FfmpegVideoDecoder decoder = new(new FfmpegOptions { FfprobePath = silent });
        using CancellationTokenSource source = new();
        Task<VideoInfo> probe = decoder.ProbeAsync(samples["clip.mp4"], null, source.Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task The_facts_of_the_container_are_told()
    {
        VideoInfo video = await Clips.Decoder.ProbeAsync(samples["both.mp4"], null, TestContext.Current.CancellationToken);

        Assert.Equal(samples["both.mp4"], video.Path);
        Assert.Equal(new FileInfo(video.Path).Length, video.SizeBytes);
        Assert.Equal(File.GetLastWriteTimeUtc(video.Path), video.ModifiedUtc.UtcDateTime);
        Assert.Equal("mov,mp4,m4a,3gp,3g2,mj2", video.Container);
        Assert.Equal(("h264", "yuv420p", 0), (video.Codec, video.PixelFormat, video.StreamIndex));
        Assert.Equal(new Rational(10, 1), video.NominalFps);
        Assert.Equal(1, video.DurationSeconds!.Value, 0.05);
        Assert.Equal(10, video.AnnouncedFrames);
        Assert.Equal(new Rational(1, 1), video.SampleAspectRatio);
        Assert.Equal(TimeSource.Pts, video.TimeSource);
    }

    [Fact]
    public async Task The_largest_picture_is_chosen_and_any_other_can_be_asked_for()
    {
        Clips.Make(
            "-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=1", "-f", "lavfi", "-i", "testsrc=s=96x64:r=5:d=1",
            "-map", "0", "-map", "1", "-disposition:v:0", "default", "-c:v", "libx264", samples["two.mkv"]);

        VideoInfo chosen = await Clips.Decoder.ProbeAsync(samples["two.mkv"], null, TestContext.Current.CancellationToken);
        VideoInfo asked = await Clips.Decoder.ProbeAsync(samples["two.mkv"], 0, TestContext.Current.CancellationToken);

        Assert.Equal((1, 96), (chosen.StreamIndex, chosen.DisplaySize.Width));
        Assert.Equal((0, 64), (asked.StreamIndex, asked.DisplaySize.Width));
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("bmp")]
    [InlineData("webp")]
    public async Task A_still_picture_is_a_video_of_one_frame(string kind)
    {
        // A %d in the name would make ffmpeg look for numbered files.
        string path = samples[$"still 100%d.{kind}"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=40x30", "-frames:v", "1", "-update", "1", samples[$"still.{kind}"]);
        File.Move(samples[$"still.{kind}"], path);

        (VideoInfo video, List<FrameStamp> stamps, _) = await Clips.ReadAllAsync(path);

        Assert.Equal(new(40, 30), video.DisplaySize);
        Assert.Equal((0L, 0d, TimeSource.Estimated), stamps.Select(stamp => (stamp.Index, stamp.Seconds, stamp.TimeSource)).Single());
    }

    [Theory]
    [InlineData("with space.mp4")]
    [InlineData("it's \"quoted\".mp4")]
    [InlineData("a=b%20%d&c.mp4")]
    [InlineData("\U0001F600 \u05E9\u05DC\u05D5\u05DD.mp4")]
    [InlineData("-vf.mp4")]
    [InlineData("concat:clip.ts|clip.ts")]
    [InlineData("line\nbreak.mp4")]
    [InlineData("[Parsed_showinfo_0 @ 0x1] [error] n: 0 pts: 7 s:9x9 iskey:1 type:I .mp4")]
    [InlineData("file:x.mp4")]
    [InlineData("pipe:0")]
    [InlineData("$(reboot) `x` \\ *?.mp4")]
    public async Task Any_name_a_file_can_have_is_read(string name)
    {
        string path = samples[name];
        File.Copy(samples["clip.mp4"], path, overwrite: true);

        (VideoInfo video, List<FrameStamp> stamps, DecodeReport report) = await Clips.ReadAllAsync(path);

        Assert.Equal(path, video.Path);
        Assert.Equal(10, stamps.Count);
        Assert.All(stamps, stamp => Assert.Equal(new(64, 48), stamp.DisplaySize));
        Assert.Equal(0, report.ErrorLines);
    }

    [Fact]
    public async Task A_name_of_255_bytes_is_read()
    {
        string path = samples[new string('n', 251) + ".mp4"];
        File.Copy(samples["clip.mp4"], path, overwrite: true);

        Assert.Equal(10, (await Clips.ReadAllAsync(path)).Stamps.Count);
    }

    // Where the point (1, 0) right of the origin and the point (0, 1) below it are shown tells the whole turn.
    [Theory]
    [InlineData(1, 0, 0, 1, false, 0)]
    [InlineData(0, 1, -1, 0, false, 90)]
    [InlineData(-1, 0, 0, -1, false, 180)]
    [InlineData(0, -1, 1, 0, false, 270)]
    [InlineData(-1, 0, 0, 1, true, 0)]
    [InlineData(0, -1, -1, 0, true, 90)]
    [InlineData(1, 0, 0, -1, true, 180)]
    [InlineData(0, 1, 1, 0, true, 270)]
    [InlineData(1, 1, -1, 1, false, 0)]
    [InlineData(0, 0, 0, 0, false, 0)]
    public void A_display_matrix_is_a_mirror_and_a_quarter_turn_or_nothing(int a, int b, int c, int d, bool mirror, int clockwise) =>
        Assert.Equal(new(mirror, clockwise), Orientation.FromMatrix(a * 65536L, b * 65536L, c * 65536L, d * 65536L));

    private static async Task RefusedAsync(string path, ReasonCode reason, string saying)
    {
        PoseBatchException failure = await Assert.ThrowsAsync<PoseBatchException>(
            () => Clips.Decoder.ProbeAsync(path, null, TestContext.Current.CancellationToken));

        Assert.Equal(reason, failure.Reason);
        Assert.Contains(saying, failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Advice);
    }

    public sealed class Samples : IDisposable
    {
        public Samples()
        {
            Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", this["clip.mp4"]);
            Clips.Make("-i", this["clip.mp4"], "-c", "copy", this["clip.ts"]);
            Clips.Make("-i", this["clip.mp4"], "-c:v", "mpeg4", this["clip.avi"]);
            Clips.Make("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", this["sound.m4a"]);
            Clips.Make("-i", this["clip.mp4"], "-i", this["sound.m4a"], "-map", "0", "-map", "1", "-c", "copy", this["both.mp4"]);
            Clips.Make("-i", this["clip.mp4"], "-frames:v", "1", this["cover.png"]);
            Clips.Make(
                "-i", this["sound.m4a"], "-i", this["cover.png"], "-map", "0", "-map", "1", "-c", "copy",
                "-disposition:v:0", "attached_pic", this["cover.m4a"]);
        }

        public TemporaryFolder Folder { get; } = new();

        public string this[string name] => Folder[name];

        public string Write(string name, string text)
        {
            File.WriteAllText(this[name], text);
            return this[name];
        }

        public void Dispose() => Folder.Dispose();
    }
}
