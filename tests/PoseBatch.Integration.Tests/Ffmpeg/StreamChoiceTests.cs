using System.Text.Json;
using PoseBatch.Ffmpeg.Probing;

namespace PoseBatch.Ffmpeg;

/// <summary>Which video stream is taken: entries as ffprobe prints them.</summary>
public sealed class StreamChoiceTests
{
    private const string Video = """{"index": 0, "codec_type": "video", "codec_name": "h264", "width": 320, "height": 240, "nb_frames": "600", "avg_frame_rate": "30/1", "duration": "20"}""";

    [Theory]
    // Stills: by count, by length, by the packets at the beginning.
    [InlineData(0, """{"index": 1, "codec_type": "video", "codec_name": "hevc", "width": 4032, "height": 3024, "nb_frames": "1", "duration": "0.04"}""")]
    [InlineData(0, """{"index": 1, "codec_type": "video", "codec_name": "mjpeg", "width": 4032, "height": 3024, "tags": {"DURATION": "00:00:00.040000000"}}""")]
    [InlineData(0, """{"index": 1, "codec_type": "video", "codec_name": "png", "width": 4032, "height": 3024}""")]
    // Shorter, or of few frames: a preview, a slide show beside the recording.
    [InlineData(0, """{"index": 1, "codec_type": "video", "codec_name": "h264", "width": 640, "height": 480, "nb_frames": "150", "avg_frame_rate": "30/1", "duration": "5"}""")]
    [InlineData(0, """{"index": 1, "codec_type": "video", "codec_name": "h264", "width": 640, "height": 480, "nb_frames": "20", "avg_frame_rate": "1/1", "duration": "20"}""")]
    // As long: the larger picture.
    [InlineData(1, """{"index": 1, "codec_type": "video", "codec_name": "h264", "width": 640, "height": 480, "nb_frames": "599", "avg_frame_rate": "30/1", "duration": "19.97"}""")]
    // As long and as large: the default one.
    [InlineData(1, """{"index": 1, "codec_type": "video", "codec_name": "h264", "width": 320, "height": 240, "nb_frames": "600", "duration": "20", "disposition": {"default": 1}}""")]
    // Covers and previews that are marked as such are none.
    [InlineData(0, """{"index": 1, "codec_type": "video", "codec_name": "mjpeg", "width": 4032, "height": 3024, "disposition": {"attached_pic": 1}}""")]
    public void Frames_and_length_come_before_size(int expected, string other)
    {
        StreamChoice choice = Of([Video, other], new() { [0] = 39, [1] = 1 });

        Assert.Equal(expected, choice.Best()!.Index);
    }

    [Fact]
    public void A_still_alone_is_taken() =>
        Assert.Equal(0, Of(["""{"index": 0, "codec_type": "video", "codec_name": "png", "width": 64, "height": 48, "nb_frames": "1"}"""], []).Best()!.Index);

    [Fact]
    public void Streams_of_unknown_length_are_compared_by_size() =>
        Assert.Equal(1, Of(
            [
                """{"index": 0, "codec_type": "video", "codec_name": "h264", "width": 320, "height": 240}""",
                """{"index": 1, "codec_type": "video", "codec_name": "h264", "width": 640, "height": 480}""",
            ],
            new() { [0] = 20, [1] = 20 }).Best()!.Index);

    [Fact]
    public void Without_a_video_stream_there_is_none() =>
        Assert.Null(Of(["""{"index": 0, "codec_type": "audio", "codec_name": "aac"}"""], []).Best());

    private static StreamChoice Of(string[] entries, Dictionary<int, int> packets) =>
        new([.. entries.Select(entry => new StreamEntry(JsonSerializer.Deserialize<JsonElement>(entry)))], 20, packets);
}
