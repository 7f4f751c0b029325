using PoseBatch.Video;

namespace PoseBatch.Pipeline;

public sealed class SourceWarningsTests
{
    private static readonly VideoInfo Clip = new()
    {
        Path = "/videos/clip.mp4",
        SizeBytes = 1000,
        ModifiedUtc = default,
        Container = "mov,mp4,m4a,3gp,3g2,mj2",
        Codec = "h264",
        PixelFormat = "yuv420p",
        StreamIndex = 0,
        DisplaySize = new(320, 240),
        RotationApplied = 0,
        MirrorApplied = false,
        SampleAspectRatio = new(1, 1),
        TimeBase = new(1, 1000),
        NominalFps = new(10, 1),
    };

    private static readonly DecodeReport Whole = new() { DecodedFrames = 20, EndSeconds = 2, StepSeconds = 0.1 };

    private static readonly VideoStreamInfo Other = new() { Index = 1, Codec = "h264", DisplaySize = new(640, 480), Frames = 20, StartSeconds = 0 };

    [Fact]
    public void A_whole_video_has_nothing_to_tell() => Assert.Empty(Of(Clip, Whole));

    [Fact]
    public void A_missing_end_is_told_with_frame_seconds_and_frames()
    {
        VideoInfo cut = Clip with { AnnouncedFrames = 20, Extent = new() { StatedBytes = 1600 } };

        Assert.Equal(
            "The file ends before its container says: 12 frames are there of 20 announced; after frame 11, 0.8 s of the length it states are missing (about 8 frames); 600 of 1600 bytes are missing.",
            Assert.Single(Of(cut, Whole with { DecodedFrames = 12, EndsEarly = true, MissingSeconds = 0.8, EndSeconds = 1.2 })));
    }

    [Fact]
    public void A_missing_end_that_held_no_frame_is_told_as_what_it_is()
    {
        VideoInfo cut = Clip with { AnnouncedFrames = 20, Extent = new() { StatedBytes = 1600 } };

        Assert.Contains("20 frames are there; 600 of 1600 bytes are missing, which held no frame that it announces", Assert.Single(Of(cut, Whole)), StringComparison.Ordinal);
        Assert.Empty(Of(cut with { Extent = new() { StatedBytes = 1008 } }, Whole));   // a head counted differently
    }

    [Fact]
    public void A_second_recording_is_told_whether_the_boxes_or_the_demuxer_show_it()
    {
        Assert.Contains("second recording", Assert.Single(Of(Clip with { Extent = new() { Recordings = 2 } }, Whole)), StringComparison.Ordinal);
        Assert.Contains("second recording", Assert.Single(Of(Clip, Whole with { SaysSecondMovie = true })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2.0, true)]
    [InlineData(1.95, true)]     // half a step before: overlaps by rounding
    [InlineData(3600.0, true)]
    [InlineData(1.5, false)]
    public void A_stream_that_begins_where_the_chosen_one_ends_is_its_continuation(double start, bool goesOn)
    {
        List<string> told = Of(Clip with { OtherStreams = [Other with { StartSeconds = start, Frames = 7 }] }, Whole);

        Assert.Equal(goesOn ? 1 : 0, told.Count);
        Assert.All(told, line => Assert.Contains("goes on with another video stream where stream 0 ends (at 2 s, frame 20): stream 1 (h264, 640x480, 7 frames)", line, StringComparison.Ordinal));
        Assert.All(told, line => Assert.Contains("--stream 1", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Another_stream_is_told_when_it_holds_as_many_frames_and_a_still_never_is()
    {
        Assert.Contains("another video stream with as many frames: stream 1", Assert.Single(Of(Clip with { OtherStreams = [Other] }, Whole)), StringComparison.Ordinal);
        Assert.Contains("of unknown length", Assert.Single(Of(Clip with { OtherStreams = [Other with { Frames = null }] }, Whole)), StringComparison.Ordinal);
        Assert.Empty(Of(Clip with { OtherStreams = [Other with { Frames = 19 }] }, Whole));
        Assert.Empty(Of(Clip with { OtherStreams = [Other with { Frames = 1, IsStill = true }] }, Whole));
    }

    [Fact]
    public void A_stream_that_the_decoder_met_on_the_way_is_told() =>
        Assert.Contains("begins in the middle of the file, which its beginning does not announce: stream 3", Assert.Single(Of(Clip, Whole with { NewVideoStreams = [3] })), StringComparison.Ordinal);

    [Fact]
    public void Frames_without_a_stamp_are_told_with_their_number_and_the_first_of_them()
    {
        Assert.StartsWith("2 frames, from frame 18 on, have no time stamp of their own", Assert.Single(Of(Clip, Whole with { EstimatedFrames = 2, FirstEstimatedFrame = 18 })), StringComparison.Ordinal);
        Assert.Contains("no time stamps: times are frame number divided", Assert.Single(Of(Clip with { TimeSource = TimeSource.Estimated }, Whole)), StringComparison.Ordinal);
    }

    private static List<string> Of(VideoInfo video, DecodeReport decode) => [.. SourceWarnings.Of(video, decode, new TimelineCheck())];
}
