using PoseBatch.Shared;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>Every file of the shared material, against the counts in its list and against ffprobe.</summary>
public sealed class SharedMediaTests
{
    // Name, frames with pixels, frames lost, width and height as shown.
    public static TheoryData<string, int, int, int, int> Files { get; } = new()
    {
        { "videos/cctv-one-by-one.mp4", 1394, 0, 768, 432 },
        { "videos/asl-sister.mkv", 87, 0, 640, 480 },
        { "videos/squats.mp4", 65, 0, 720, 1280 },
        { "videos/lab-two-people-cam01.mp4", 100, 0, 1088, 1920 },
        { "videos/lab-two-people-cam02.mp4", 100, 0, 1088, 1920 },
        { "videos/lab-one-person-vp9.mp4", 100, 0, 1080, 1920 },
        { "videos/chaplin-1914.mp4", 241, 0, 640, 360 },
        { "videos/street-crowd-5frames.mp4", 5, 0, 960, 540 },
        { "videos/rotate-000.mov", 3, 0, 568, 320 },
        { "videos/rotate-090.mov", 3, 0, 320, 568 },
        { "videos/rotate-180.mov", 3, 0, 568, 320 },
        { "videos/corrupted.mp4", 49, 1, 1280, 720 },
        { "videos/unordered.mov", 4, 0, 50, 50 },
        { "videos/no-duration.webm", 74, 0, 1280, 720 },
        { "videos/alpha-vp9.webm", 150, 0, 200, 200 },
        { "videos/one-pixel-yuv444.mp4", 5, 0, 1, 1 },
        { "videos/failing-audio.mp4", 280, 0, 640, 360 },
        { "derived/sq-mpeg4.avi", 65, 0, 360, 640 },
        { "derived/sq-mjpeg.mov", 20, 0, 360, 640 },
        { "derived/sq-hevc10.mp4", 65, 0, 360, 640 },
        { "derived/sq-vp9.webm", 65, 0, 360, 640 },
        { "derived/sq-av1.mkv", 65, 0, 360, 640 },
        { "derived/sq-rotated-meta.mp4", 65, 0, 360, 640 },
        { "derived/sq-vfr.mp4", 56, 0, 360, 640 },
        { "derived/sq-interlaced-sar.mpg", 100, 0, 720, 576 },
        { "derived/sq-odd-yuv444.mkv", 25, 0, 359, 641 },
        { "derived/sq-gray-ffv1.mkv", 15, 0, 180, 320 },
        { "derived/sq-fullrange.mp4", 25, 0, 360, 640 },
        { "derived/sq-bt2020-pq.mp4", 25, 0, 360, 640 },
        { "derived/sq-fragmented-cut.mp4", 38, 1, 360, 640 },
        { "derived/sq-faststart-cut.mp4", 41, 1, 360, 640 },
        { "derived/sq-bitflips.mp4", 65, 0, 360, 640 },
        { "derived/sq-resize-discontinuity.ts", 50, 0, 360, 640 },
        { "derived/sq-editlist.mp4", 53, 0, 360, 640 },
        { "derived/sq-two-video-streams.mkv", 50, 0, 384, 216 },
        { "derived/sq-raw.h264", 65, 0, 360, 640 },
        { "derived/sq.gif", 20, 0, 180, 320 },
        { "derived/sq-2997-opengop.mp4", 180, 0, 360, 640 },
        { "derived/no-people.mp4", 30, 0, 320, 240 },
        { "derived/single-frame.mp4", 1, 0, 360, 640 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_ledger_holds_the_frames_ffprobe_lists_with_their_stamps(string name, int decoded, int lost, int width, int height)
    {
        string path = SharedMedia.File("media", name);

        (VideoInfo video, List<FrameStamp> stamps, DecodeReport report) = await Clips.ReadAllAsync(path);

        Assert.Equal(new(width, height), video.DisplaySize);
        Assert.Equal(decoded, report.DecodedFrames);
        Assert.Equal(lost, report.UndecodableFrames);
        Assert.Equal(Enumerable.Range(0, decoded + lost).Select(index => (long)index), stamps.Select(stamp => stamp.Index));
        long?[] expected = Clips.BestEffortStamps(path, video.StreamIndex);
        List<FrameStamp> withPixels = stamps.FindAll(stamp => stamp.Status != FrameStatus.Undecodable);
        Assert.Equal(expected.Length, withPixels.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] is { } stamp)
            {
                Assert.Equal(stamp, withPixels[i].Pts);
                Assert.Equal((stamp - expected[0]!.Value) * video.TimeBase.Value, withPixels[i].Seconds, 1e-9);
            }
        }
    }
}
