using System.Text;
using PoseBatch.Ffmpeg.Decoding;

namespace PoseBatch.Ffmpeg;

public sealed class DecoderLogTests
{
    private const string Fact =
        "[Parsed_showinfo_0 @ 0x55fe3174b7c0] [info] n:   1 pts:   1024 pts_time:0.1     pos:    12177 fmt:yuv420p sar:1/1 s:1280x720 i:P iskey:0 type:B \n";

    private const string LaterFact =
        "[Parsed_showinfo_1 @ 0x55fe3174b7c0] [info] n:   0 pts:  -3003 pts_time:-0.1 duration:   3003 duration_time:0.1001 fmt:yuv420p cl:left sar:0/1 s:320x568 i:P iskey:1 type:I \n";

    [Fact]
    public void A_frame_line_gives_stamp_size_and_key()
    {
        DecoderLog log = Read(Fact + LaterFact);

        Assert.True(log.TryTake(out FrameFact first));
        Assert.Equal(new() { Pts = 1024, IsKey = false, Size = new(1280, 720) }, first);
        Assert.True(log.TryTake(out FrameFact second));
        Assert.Equal(new() { Pts = -3003, Duration = 3003, IsKey = true, Size = new(320, 568) }, second);
        Assert.False(log.TryTake(out _));
    }

    [Theory]
    [InlineData("[info] Stream mapping:\n")]
    [InlineData("[h264 @ 0x1] [warning] a thread cuts in[info] Stream mapping:\n")]
    public void What_looks_like_a_frame_in_a_name_is_taken_back_before_the_first_frame_and_never_after(string mapping)
    {
        DecoderLog log = Read("[info] Input #0, mov, from 'file:" + Fact.TrimEnd() + "':\n" + mapping + LaterFact);

        Assert.Equal([-3003L], Facts(log).Select(fact => fact.Pts!.Value));

        log.Feed(Encoding.UTF8.GetBytes(Fact + mapping + Fact));
        Assert.Equal(2, Facts(log).Count);
    }

    [Fact]
    public void A_frame_without_a_stamp_has_none()
    {
        Assert.True(Read(Fact.Replace("   1024", "  NOPTS", StringComparison.Ordinal)).TryTake(out FrameFact fact));

        Assert.Null(fact.Pts);
        Assert.Equal(new(1280, 720), fact.Size);
    }

    [Theory]
    [InlineData("[warning] file:/videos/a.mp4: corrupt decoded frame in stream 0\n")]
    [InlineData("[vist#0:0/h264 @ 0x1] [dec:h264 @ 0x2] [warning] corrupt decoded frame\n")]
    public void A_warning_of_damage_belongs_to_the_frame_that_follows(string warning)
    {
        DecoderLog log = Read(Fact + warning + Fact + Fact);

        Assert.Equal([false, true, false], Facts(log).Select(fact => fact.IsCorrupt));
        Assert.Equal(1, log.WarningLines);
    }

    [Fact]
    public void Errors_are_counted_and_known_to_the_frames_after_them()
    {
        DecoderLog log = Read(Fact + "[h264 @ 0x55fe30fd41c0] [error] mmco: unref short failure\n" + Fact + "[fatal] the end\n");

        Assert.Equal([false, true], Facts(log).Select(fact => fact.AfterDamage));
        Assert.Equal(2, log.ErrorLines);
        Assert.Equal(["[h264] [error] mmco: unref short failure", "[fatal] the end"], log.Messages);
    }

    [Fact]
    public void Only_so_many_messages_are_kept_but_all_are_counted()
    {
        DecoderLog log = Read(string.Concat(Enumerable.Repeat("[error] again\n", 100)), keep: 3);

        Assert.Equal(3, log.Messages.Count);
        Assert.Equal(100, log.ErrorLines);
    }

    [Fact]
    public void A_line_another_thread_cut_into_still_counts_as_a_frame()
    {
        string cut = "    Stream #0:0: Video: rawvideo, " + Fact.TrimEnd('\n') + "corrupt decoded frame\n";

        Assert.Equal([false, true], Facts(Read(cut + Fact)).Select(fact => fact.IsCorrupt));
    }

    [Fact]
    public void Lines_may_come_in_pieces_of_any_size()
    {
        byte[] text = Encoding.UTF8.GetBytes(Fact + "[error] one\r\n" + LaterFact + new string('7', 200_000) + "\n" + Fact);
        for (int size = 1; size < 400; size += 7)
        {
            DecoderLog log = new(10);
            foreach (byte[] piece in text.Chunk(size))
            {
                log.Feed(piece);
            }

            Assert.Equal([1024, -3003, 1024], Facts(log).Select(fact => fact.Pts));
            Assert.Equal(1, log.ErrorLines);
        }
    }

    [Fact]
    public void Frame_lines_and_dumps_of_encoder_settings_cost_no_memory()
    {
        byte[] text = Encoding.UTF8.GetBytes(Fact + "[Parsed_showinfo_0 @ 0x5] [info] User Data=" + new string('a', 9000) + "\n" + Fact);
        DecoderLog log = new(10);
        FeedAndTake(log, text, 2);

        long before = GC.GetAllocatedBytesForCurrentThread();
        FeedAndTake(log, text, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Video_streams_that_begin_in_the_middle_are_noted_in_the_words_of_each_version()
    {
        DecoderLog log = Read(
            "[mpegts @ 0x1] [warning] New video stream 0:3 at pos:20497828 and DTS:9.32s\n"
            + "[mpegts @ 0x1] [warning] New audio stream 0:4 at pos:20497829 and DTS:9.32s\n"
            + "[in#0/mpegts @ 0x1] [warning] New video stream with index 5 at pos:5 and DTS:1s\n"
            + "[mpegts @ 0x1] [warning] New video stream 0:3 at pos:30497828 and DTS:19.32s\n");

        Assert.Equal([3, 5], log.NewVideoStreams);
    }

    [Fact]
    public void A_second_movie_box_is_noted() =>
        Assert.True(Read("[mov,mp4,m4a,3gp,3g2,mj2 @ 0x1] [warning] Found duplicated MOOV Atom. Skipped it\n").SaysSecondMovie);

    [Fact]
    public void What_is_wrong_with_other_streams_while_the_file_is_opened_is_no_damage_of_the_pictures()
    {
        const string Opened = "[info] Stream mapping:\n";
        DecoderLog log = new(10, true, "vp9", "matroska,webm");

        log.Feed(Encoding.UTF8.GetBytes("[vorbis @ 0x1] [error] Setup header corrupt.\n" + Opened));
        Assert.Equal((0, false, 1), (log.ErrorLines, log.SaysDamage, log.Messages.Count));

        log.Feed("[vp9 @ 0x1] [error] Invalid frame marker\n"u8);
        Assert.Equal((1, true), (log.ErrorLines, log.SaysDamage));

        foreach (string own in (string[])["[matroska,webm @ 0x1] [error] File ended prematurely\n", "[vp9 @ 0x1] [error] x\n", "[NULL @ 0x1] [error] x\n", "[error] x\n"])
        {
            DecoderLog other = new(10, true, "vp9", "matroska,webm");
            other.Feed(Encoding.UTF8.GetBytes(own + Opened));
            Assert.Equal((1, true), (other.ErrorLines, other.SaysDamage));
        }
    }

    private static void FeedAndTake(DecoderLog log, byte[] text, int times)
    {
        for (int i = 0; i < times; i++)
        {
            log.Feed(text);
            while (log.TryTake(out _))
            {
            }
        }
    }

    private static DecoderLog Read(string text, int keep = 10)
    {
        DecoderLog log = new(keep);
        log.Feed(Encoding.UTF8.GetBytes(text));
        return log;
    }

    private static List<FrameFact> Facts(DecoderLog log)
    {
        List<FrameFact> facts = [];
        while (log.TryTake(out FrameFact fact))
        {
            facts.Add(fact);
        }

        return facts;
    }
}
