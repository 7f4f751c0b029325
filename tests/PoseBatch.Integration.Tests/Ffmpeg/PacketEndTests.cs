using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>Whether a stated length is there: the last packet of any stream decides.</summary>
public sealed class PacketEndTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("1.0,1.0,0.1\n1.2,1.1,0.1\n1.1,1.2,0.1\n", 1.3)]
    [InlineData("N/A,2.5,0.5\n", 3.0)]
    [InlineData("2.5,N/A,N/A\n", 2.5)]
    [InlineData("N/A,N/A,1\n\ngarbage\n", null)]
    public void The_end_is_that_of_the_packet_that_ends_last(string listed, double? end) => Assert.Equal(end, PacketEnd.Read(listed) is { } found ? Math.Round(found, 6) : null);

    [Fact]
    public async Task Sound_that_goes_on_behind_the_pictures_is_no_missing_end()
    {
        string path = _folder["a.flv"];
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=2", "-f", "lavfi", "-i", "sine=d=4", "-c:v", "flv1", "-c:a", "pcm_s16le", "-ar", "44100", path);

        DecodeReport report = (await Clips.ReadAllAsync(path)).Report;

        Assert.Equal((20, null), (report.DecodedFrames, report.MissingSeconds));
    }

    [Theory]
    [InlineData("a.flv", "-c:v", "flv1")]
    [InlineData("a.avi", "-c:v", "mjpeg")]
    [InlineData("a.mkv", "-c:v", "mpeg4")]
    [InlineData("a.mp4", "-c:v", "mpeg4", "-movflags", "+faststart")]
    public async Task A_file_cut_between_two_frames_tells_how_much_is_missing(string name, params string[] how)
    {
        string path = _folder[name];
        Clips.Make(["-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=2", .. how, path]);
        string[] packet = Clips.Run("ffprobe", "-v", "quiet", "-show_entries", "packet=size,pos", "-of", "csv=p=0", path).Split('\n')[12].Split(',');
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..int.Parse(packet[1], System.Globalization.CultureInfo.InvariantCulture)]);

        DecodeReport report = (await Clips.ReadAllAsync(path)).Report;

        Assert.InRange(report.DecodedFrames, 11, 12);   // the head of the thirteenth may be there, without its picture
        Assert.Equal(2.0 - (report.DecodedFrames * 0.1), report.MissingSeconds!.Value, 0.051);
        Assert.True(report.EndsEarly);
    }

    [Theory]
    [InlineData("a.flv", "-c:v", "flv1")]
    [InlineData("a.avi", "-c:v", "mpeg4", "-bf", "2")]
    [InlineData("a.mkv", "-c:v", "libx264", "-bf", "2")]
    [InlineData("a.mp4", "-c:v", "libx264", "-bf", "2")]
    [InlineData("a.asf", "-c:v", "wmv2")]
    [InlineData("a.ts", "-c:v", "mpeg2video", "-bf", "2")]
    [InlineData("a.mpg", "-c:v", "mpeg2video", "-bf", "2")]
    [InlineData("a.ogv", "-c:v", "libtheora")]
    [InlineData("a.gif")]
    public async Task Of_a_whole_file_nothing_is_missing_and_every_frame_has_its_stamp(string name, params string[] how)
    {
        string path = _folder[name];
        Clips.Make(["-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=2", .. how, "-pix_fmt", name.EndsWith("gif", StringComparison.Ordinal) ? "rgb8" : "yuv420p", path]);

        (_, List<FrameStamp> stamps, DecodeReport report) = await Clips.ReadAllAsync(path);

        Assert.Equal((50, null, false), (report.DecodedFrames, report.MissingSeconds, report.EndsEarly));
        int unstamped = name == "a.avi" ? stamps.Count(stamp => stamp.Pts is null) : 0;
        Assert.InRange(unstamped, 0, 1);   // a decoder of one frame's delay hands out one at the end
        Assert.Equal(unstamped, report.EstimatedFrames);
        for (int i = 1; i < stamps.Count; i++)
        {
            Assert.Equal(0.04, stamps[i].Seconds - stamps[i - 1].Seconds, 0.011);   // stamps of GIF are hundredths, those of FLV thousandths
        }
    }

    public void Dispose() => _folder.Dispose();
}
