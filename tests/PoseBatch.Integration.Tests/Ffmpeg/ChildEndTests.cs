using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg;

/// <summary>What the end of a child says about the file it was given: nothing, unless it ended by itself.</summary>
public sealed class ChildEndTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(0, "[error] Cannot allocate memory")]
    [InlineData(1, "[error] Invalid data found when processing input")]
    [InlineData(69, "")]

    // The lowest byte of -('I','N','D','A'), ffmpeg's error for invalid data, with which newer versions end.
    [InlineData(183, "[error] Invalid data found when processing input")]

    // A title that reads like an error.
    [InlineData(1, "[info]     title           : Cannot allocate memory")]
    public void A_child_that_ends_by_itself_has_given_a_verdict(int exitCode, string said)
    {
        ChildEnd end = ChildEnd.Judge(exitCode, said);

        Assert.True(end.IsByItself);
        Assert.Null(end.Failure("ffmpeg", "here"));
        end.EnsureByItself("ffmpeg", "here");
    }

    [Theory]
    [InlineData(128 + 9, 9, "killed from outside (signal 9)")]
    [InlineData(128 + 15, 15, "ended from outside (signal 15)")]
    [InlineData(128 + 2, 2, "ended from outside (signal 2)")]
    [InlineData(128 + 11, 11, "ended by signal 11 (SIGSEGV)")]
    [InlineData(128 + 6, 6, "ended by signal 6 (SIGABRT)")]
    [InlineData(128 + 7, 7, "ended by signal 7 (SIGBUS)")]

    // ffmpeg asked to end, and asked more than three times.
    [InlineData(255, 0, "exit code 255")]
    [InlineData(123, 0, "exit code 123")]
    public void A_signal_says_nothing_about_the_file(int exitCode, int signal, string saying)
    {
        ChildEnd end = ChildEnd.Judge(exitCode, "[error] whatever");

        Assert.Equal((ChildEndKind.BySignal, signal), (end.Kind, end.Signal));
        PoseBatchException lost = Assert.Throws<PoseBatchException>(() => end.EnsureByItself("ffmpeg", "after 3 frames of 'a.mp4'"));
        Assert.Equal(ReasonCode.OutOfMemory, lost.Reason);
        Assert.True(lost.IsChildLost);
        Assert.True(lost.Reason.IsTransient());
        Assert.Contains(saying, lost.Message, StringComparison.Ordinal);
        Assert.Contains("after 3 frames of 'a.mp4'", lost.Message, StringComparison.Ordinal);
        Assert.NotNull(lost.Advice);
    }

    [Theory]
    [InlineData(127, "ffprobe: error while loading shared libraries: libshine.so.3: failed to map segment from shared object")]
    [InlineData(127, "ffprobe: error while loading shared libraries: libx.so: cannot create shared object descriptor: Cannot allocate memory")]
    [InlineData(1, "[error] a line\n[h264 @ 0x55] [error] get_buffer() failed: Cannot allocate memory\nConversion failed!")]
    [InlineData(1, "[error] Failed to inject frame into filter network: Resource temporarily unavailable")]
    [InlineData(244, "")]
    public void Want_of_memory_says_nothing_about_the_file(int exitCode, string said)
    {
        ChildEnd end = ChildEnd.Judge(exitCode, said);

        Assert.Equal(ChildEndKind.WithoutMemory, end.Kind);
        Assert.Equal(ReasonCode.OutOfMemory, end.Failure("ffprobe", "here")!.Reason);
    }

    [Theory]
    [InlineData(126, "ffmpeg could not be run: error 13.")]
    [InlineData(127, "ffprobe: error while loading shared libraries: libx.so: cannot open shared object file: No such file or directory")]
    public void A_child_that_never_ran_says_nothing_about_the_file(int exitCode, string said)
    {
        PoseBatchException lost = ChildEnd.Judge(exitCode, said).Failure("ffprobe", "here")!;

        Assert.True(lost.IsChildLost);
        Assert.True(lost.Reason.IsTransient());
        Assert.Contains(said, lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_end_of_what_a_child_said_is_kept_and_its_readers_hear_all()
    {
        Counted all = new();
        ErrorTail tail = new(all);
        for (int line = 0; line < 3000; line++)
        {
            tail.Feed(System.Text.Encoding.ASCII.GetBytes($"line {line}\n"));
        }

        string kept = tail.Without("2998");

        Assert.EndsWith("line 2997\nline \nline 2999\n", kept, StringComparison.Ordinal);
        Assert.InRange(kept.Length, 8000, 16 * 1024);
        Assert.Equal(Enumerable.Range(0, 3000).Sum(line => $"line {line}\n".Length), all.Bytes);
    }

    private sealed class Counted : IErrorSink
    {
        public long Bytes { get; private set; }

        public void Feed(ReadOnlySpan<byte> text) => Bytes += text.Length;
    }
}
