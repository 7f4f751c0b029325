using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>Files with a stream beside the pictures that no decoder can open: the setup header of a Vorbis track is broken in all of them.</summary>
public sealed class VideoStreamProbeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("-c:v", "libvpx-vp9")]
    [InlineData("-c:v", "libx264", "-r", "30000/1001")]
    [InlineData("-c:v", "libx264", "-vf", "setsar=4/3")]
    [InlineData("-c:v", "mpeg4", "-r", "12.5")]
    public async Task Pictures_beside_a_broken_sound_track_are_described_as_if_it_were_whole(params string[] how)
    {
        string whole = _folder["whole.mkv"];
        Clips.Make(["-f", "lavfi", "-i", "testsrc=s=96x64:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", .. how, "-pix_fmt", "yuv420p", "-c:a", "libvorbis", "-shortest", whole]);
        string broken = Break(whole);

        (VideoInfo expected, List<FrameStamp> stamps, _) = await Clips.ReadAllAsync(whole);
        (VideoInfo video, List<FrameStamp> found, DecodeReport report) = await Clips.ReadAllAsync(broken);

        Assert.True(video.IsDescribedInPart);
        Assert.Equal(
            (expected.Container, expected.Codec, expected.PixelFormat, expected.StreamIndex, expected.DisplaySize, expected.TimeBase, expected.SampleAspectRatio),
            (video.Container, video.Codec, video.PixelFormat, video.StreamIndex, video.DisplaySize, video.TimeBase, video.SampleAspectRatio));
        Assert.Equal(expected.NominalFps.Value, video.NominalFps.Value, 1e-3);
        Assert.Equal(stamps.Select(stamp => (stamp.Pts, stamp.Seconds)), found.Select(stamp => (stamp.Pts, stamp.Seconds)));
        Assert.Equal((0, 0), (report.ErrorLines, report.UndecodableFrames));
    }

    [Fact]
    public async Task Turned_pictures_beside_a_broken_sound_track_stand_upright()
    {
        // MP4 keeps the turn; its sound is broken by an impossible profile in the decoder's configuration.
        string whole = _folder["whole.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "libvorbis", "-strict", "-2", _folder["lying.mp4"]);
        Clips.Make("-i", _folder["lying.mp4"], "-c", "copy", "-metadata:s:v:0", "rotate=90", whole);

        VideoInfo expected = await Clips.Decoder.ProbeAsync(whole, null, TestContext.Current.CancellationToken);
        VideoInfo video = await Clips.Decoder.ProbeAsync(Break(whole), null, TestContext.Current.CancellationToken);

        Assert.Equal((true, false), (video.IsDescribedInPart, expected.IsDescribedInPart));
        Assert.Equal((new(64, 96), expected.RotationApplied), (video.DisplaySize, video.RotationApplied));
    }

    [Fact]
    public async Task A_file_whose_pictures_cannot_be_opened_either_is_still_refused()
    {
        File.WriteAllText(_folder["text.mp4"], "This is no video.");

        PoseBatchException refused = await Assert.ThrowsAsync<PoseBatchException>(
            () => Clips.Decoder.ProbeAsync(_folder["text.mp4"], null, TestContext.Current.CancellationToken));

        Assert.Equal(ReasonCode.NotVideo, refused.Reason);
    }

    public void Dispose() => _folder.Dispose();

    // The third header of Vorbis begins with its number 5 and its name; the code books behind them are overwritten.
    private static string Break(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int setup = bytes.AsSpan().IndexOf("\u0005vorbis"u8);
        Assert.True(setup > 0, "The setup header was not found.");
        bytes.AsSpan(setup + 8, 24).Fill(0xFF);
        string broken = Path.Combine(Path.GetDirectoryName(path)!, "broken" + Path.GetExtension(path));
        File.WriteAllBytes(broken, bytes);
        return broken;
    }
}
