using System.Text;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg;

public sealed class PacketLedgerTests
{
    [Fact]
    public void Packets_that_never_came_out_are_named_before_the_next_frame()
    {
        // Decoding order I P B B, shown 0 1 2 3; then a group of the same shape.
        PacketLedger ledger = Listing("0,-1,K_", "3,0,__", "1,1,__", "2,2,__", "4,4,K_", "7,5,__", "5,6,__", "6,7,__");
        ledger.BeginAt(0);

        Assert.Equal(["0:", "2:1", "6:3 4 5", "end:7"], Walk(ledger, 0, 2, 6));
    }

    [Fact]
    public void Frames_shown_before_the_listing_was_needed_are_passed_over()
    {
        PacketLedger ledger = Listing("0,0,K_", "10,10,__", "20,20,__", "30,30,__", "40,40,__");

        ledger.Pass(0, 20, 3);

        Assert.True(ledger.IsReliable);
        Assert.Equal(["40:30", "end:"], Walk(ledger, 40));
    }

    [Fact]
    public void A_stream_with_more_packets_than_frames_is_left_alone()
    {
        PacketLedger ledger = Listing("0,0,K_", "5,5,__", "10,10,__", "15,15,__", "20,20,__", "25,25,__", "30,30,__");

        ledger.Pass(0, 20, 3);

        Assert.False(ledger.IsReliable);
        Assert.Equal(["30:", "end:"], Walk(ledger, 30));
    }

    [Fact]
    public void Packets_not_meant_to_be_shown_or_without_a_stamp_are_no_loss()
    {
        PacketLedger ledger = Listing("0,0,K_", "10,10,_D", "N/A,20,__", "30,30,__,", "garbage");
        ledger.BeginAt(0);

        Assert.Equal(["0:", "end:30"], Walk(ledger, 0));
    }

    [Fact]
    public void Packets_before_the_first_frame_are_no_loss()
    {
        PacketLedger ledger = Listing("0,0,K_", "10,10,__", "20,20,__");
        ledger.BeginAt(20);

        Assert.Equal(["20:", "end:"], Walk(ledger, 20));
    }

    [Fact]
    public void Without_decoding_stamps_a_window_as_wide_as_any_reordering_is_enough()
    {
        List<string> lines = [];
        for (int group = 0; group < 400; group++)
        {
            lines.AddRange([$"{(group * 3) + 2},N/A,__", $"{group * 3},N/A,__", $"{(group * 3) + 1},N/A,__"]);
        }

        PacketLedger ledger = Listing([.. lines]);
        ledger.BeginAt(0);
        long[] delivered = [.. Enumerable.Range(0, 1200).Where(frame => frame % 100 != 50).Select(frame => (long)frame)];

        Assert.Equal(12, Walk(ledger, delivered).Count(line => !line.EndsWith(':')));
    }

    [Theory]
    [InlineData(false, "0,0,K_", "10,10,__", "20,20,__", "30,30,__")]
    [InlineData(true, "0,0,K_", "10,10,__")]
    [InlineData(true, "0,0,K_")]

    // The decoder makes up what packets lack.
    [InlineData(false, "0,0,K_", "N/A,10,__")]
    public void A_list_that_ends_before_a_frame_from_the_same_file_is_not_whole(bool endsBefore, params string[] lines)
    {
        PacketLedger walked = Listing(lines), passed = Listing(lines);
        walked.BeginAt(0);
        Walk(walked, 0, 20, 30);
        passed.Pass(0, 20, 3);

        Assert.Equal((endsBefore, endsBefore), (walked.EndsBeforeDelivered, passed.EndsBeforeDelivered));
    }

    private static PacketLedger Listing(params string[] lines) => new(new Lines(string.Join('\n', lines) + "\n"));

    private static List<string> Walk(PacketLedger ledger, params long[] frames)
    {
        List<string> walked = [];
        foreach (long frame in frames)
        {
            walked.Add($"{frame}:{string.Join(' ', Take(ledger, frame))}");
            ledger.Deliver(frame);
        }

        walked.Add($"end:{string.Join(' ', Take(ledger, long.MaxValue))}");
        return walked;
    }

    private static IEnumerable<long> Take(PacketLedger ledger, long time)
    {
        while (ledger.TryTakeBefore(time, out Packet packet))
        {
            yield return packet.Pts;
        }
    }

    private sealed class Lines(string text) : IByteSource
    {
        private readonly byte[] _bytes = Encoding.UTF8.GetBytes(text);
        private int _at;

        public int Read(Span<byte> destination)
        {
            int count = int.Min(_bytes.Length - _at, int.Min(13, destination.Length));
            _bytes.AsSpan(_at, count).CopyTo(destination);
            _at += count;
            return count;
        }
    }
}
