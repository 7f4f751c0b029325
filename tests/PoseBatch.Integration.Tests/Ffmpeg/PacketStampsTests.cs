using System.Globalization;
using System.Text;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>Which stamps stand in the file, and what time a frame without one gets: lists of packets as ffprobe prints them.</summary>
public sealed class PacketStampsTests
{
    [Fact]
    public void Where_every_packet_has_a_stamp_each_stamp_of_the_decoder_is_taken()
    {
        PacketStamps stamps = Listing("0,0,K_", "3,1,__", "1,2,__", "2,3,__");

        Assert.All([0L, 1, 2, 3], stamp => Assert.True(stamps.IsReal(stamp)));

        // Counted from somewhere else (a clock that wrapped): still no reason to doubt it.
        Assert.All([100L, 101], stamp => Assert.True(Listing("0,0,K_", "1,1,__").IsReal(stamp)));
        Assert.False(Listing("0,0,K_").IsReal(null));
    }

    [Fact]
    public void Packets_with_decoding_stamps_only_stamp_all_frames_but_those_handed_out_at_the_end()
    {
        // AVI, delay of two frames: each frame carries the stamp of the packet that pushed it out; for the last two there is none.
        PacketStamps stamps = Listing("N/A,0,K_", "N/A,2,__", "N/A,4,__", "N/A,6,__", "N/A,8,__");

        Assert.Equal([true, true, true, false, false], new long[] { 4, 6, 8, 9, 11 }.Select(stamp => stamps.IsReal(stamp)));
    }

    [Fact]
    public void The_first_frames_belong_to_the_packets_without_any_stamp_even_where_their_made_up_stamps_fit_later_packets()
    {
        // Shown at -200 and -100, which the reader drops, then at 0, 100 ...; the decoder makes up 0 and 100 for the first two.
        PacketStamps stamps = Listing(["N/A,N/A,K_", "N/A,N/A,__", .. Enumerable.Range(0, 20).Select(i => $"{i * 100},N/A,__")]);

        Assert.Equal(2, stamps.Leading);
        Assert.Equal(0, stamps.Earliest);
        Assert.Equal([false, false, true, true, true], new long[] { 0, 100, 0, 100, 200 }.Select(stamp => stamps.IsReal(stamp)));
    }

    [Fact]
    public void A_packet_without_any_stamp_in_the_middle_costs_its_own_frame_alone()
    {
        PacketStamps stamps = Listing([.. Enumerable.Range(0, 40).Select(i => i == 20 ? "N/A,N/A,__" : $"{i * 10},{i * 10},__")]);

        List<bool> real = [.. Enumerable.Range(0, 40).Select(i => stamps.IsReal(i == 20 ? 195 : i * 10))];

        Assert.Equal([20], Enumerable.Range(0, 40).Where(i => !real[i]));
    }

    [Fact]
    public void The_decoding_stamp_serves_for_a_packet_that_has_no_other()
    {
        // MPEG programme streams write no presentation stamp where both are the same.
        PacketStamps stamps = Listing("0,-10,K_", "30,0,__", "N/A,10,__", "N/A,20,__");

        Assert.All([0L, 10, 20, 30], stamp => Assert.True(stamps.IsReal(stamp)));
    }

    [Fact]
    public void Frames_without_a_stamp_at_the_beginning_are_counted_back_from_the_first_that_has_one()
    {
        FrameClock clock = new(Video(10, 1000), Listing(["N/A,N/A,K_", "N/A,N/A,__", .. Enumerable.Range(0, 20).Select(i => $"{50 + (i * 100)},N/A,__")]));

        Assert.Equal([(-150, true), (-50, true), (50, false), (150, false)], Times(clock, 0, 100, 50, 150));
        Assert.Equal(-150, clock.Origin);
    }

    [Fact]
    public void Frames_handed_out_at_the_end_go_on_at_the_pace_of_those_before_them()
    {
        FrameClock clock = new(Video(20, 20), Listing("N/A,0,K_", "N/A,2,__", "N/A,4,__", "N/A,6,__", "N/A,8,__"));

        Assert.Equal([(4, false), (6, false), (8, false), (10, true), (12, true)], Times(clock, 4, 6, 8, 9, 11));
    }

    [Fact]
    public void An_estimated_time_never_reaches_that_of_the_next_frame()
    {
        // Steps of 10, then a packet without a stamp, and the next one 4 later.
        FrameClock clock = new(Video(100, 1000), Listing("0,0,K_", "10,10,__", "20,20,__", "N/A,N/A,__", "24,24,__"));

        Assert.Equal([(0, false), (10, false), (20, false), (22, true), (24, false)], Times(clock, 0, 10, 20, 30, 24));
    }

    [Fact]
    public void Without_any_stamp_frames_are_a_step_apart() =>
        Assert.Equal([(0, true), (40, true), (80, true)], Times(new FrameClock(Video(25, 1000), null), null, null, null));

    [Fact]
    public void Stamps_that_run_backwards_stay_as_they_are() =>
        Assert.Equal([(0, false), (100, false), (0, false), (100, false)], Times(new FrameClock(Video(10, 1000), null), 0, 100, 0, 100));

    private static IEnumerable<(long Time, bool IsEstimated)> Times(FrameClock clock, params long?[] said) =>
        [.. said.Select(stamp => (clock.Next(stamp, out bool isEstimated), isEstimated))];

    private static PacketStamps Listing(params string[] lines) =>
        new(new PacketReader(new Text(string.Concat(lines.Select(line => line + "\n")))));

    private static VideoInfo Video(int fps, int ticks) => new()
    {
        Path = "/videos/clip.avi",
        SizeBytes = 1,
        ModifiedUtc = default,
        Container = "avi",
        Codec = "h264",
        PixelFormat = "yuv420p",
        StreamIndex = 0,
        DisplaySize = new(64, 48),
        RotationApplied = 0,
        MirrorApplied = false,
        SampleAspectRatio = new(1, 1),
        TimeBase = new(1, ticks),
        NominalFps = new(fps, 1),
    };

    private sealed class Text(string text) : IByteSource
    {
        private readonly byte[] _bytes = Encoding.ASCII.GetBytes(text.ToString(CultureInfo.InvariantCulture));
        private int _at;

        public int Read(Span<byte> destination)
        {
            int count = int.Min(7, int.Min(destination.Length, _bytes.Length - _at));
            _bytes.AsSpan(_at, count).CopyTo(destination);
            _at += count;
            return count;
        }
    }
}
