using System.Diagnostics;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>How a decode ends: by itself, by the caller, by the child's death, by the file changing.</summary>
public sealed class LifetimeTests(LifetimeTests.Samples samples) : IClassFixture<LifetimeTests.Samples>
{
    private static readonly FrameFormat Large = new(PixelLayout.Rgb24, new(1024, 1024));

    [Fact]
    public async Task Cancelling_ends_a_blocked_read_at_once_and_leaves_no_process()
    {
        string blocked = samples.Folder.Script("blocked", "exec sleep 600");
        FfmpegVideoDecoder decoder = new(new FfmpegOptions { FfmpegPath = blocked });
        VideoInfo video = await samples.ProbeAsync();
        using CancellationTokenSource source = new();
        FfmpegVideoReader reader = (FfmpegVideoReader)decoder.Open(video, Clips.Thumbnail, source.Token);
        Task read = Task.Run(() => reader.TryRead(new byte[Clips.Thumbnail.ByteCount], out _), TestContext.Current.CancellationToken);
        Stopwatch watch = Stopwatch.StartNew();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        int processId = reader.ProcessId;
        await reader.DisposeAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"It took {watch.Elapsed}.");
        Assert.False(Directory.Exists($"/proc/{processId}"));
    }

    [Fact]
    public async Task A_decoder_stands_behind_the_program_it_feeds()
    {
        VideoInfo video = await samples.ProbeAsync();
        await using FfmpegVideoReader reader = (FfmpegVideoReader)Clips.Decoder.Open(video, Large, TestContext.Current.CancellationToken);
        Assert.True(reader.TryRead(new byte[Large.ByteCount], out _));

        // Those of proc(5): the nineteenth field, from -20 to 19.
        Assert.Equal(Math.Min(19, NiceOf(Environment.ProcessId) + 10), NiceOf(reader.ProcessId));

        static int NiceOf(int process)
        {
            string facts = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(facts[(facts.LastIndexOf(')') + 2)..].Split(' ')[16], System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Cancelling_between_frames_is_heard_by_the_next_read()
    {
        VideoInfo video = await samples.ProbeAsync();
        using CancellationTokenSource source = new();
        await using IVideoReader reader = Clips.Decoder.Open(video, Large, source.Token);
        byte[] pixels = new byte[Large.ByteCount];
        Assert.True(reader.TryRead(pixels, out _));

        await source.CancelAsync();

        Assert.ThrowsAny<OperationCanceledException>(() => reader.TryRead(pixels, out _));
    }

    [Fact]
    public async Task Disposing_in_the_middle_leaves_no_process_and_twice_is_harmless()
    {
        VideoInfo video = await samples.ProbeAsync();
        FfmpegVideoReader reader = (FfmpegVideoReader)Clips.Decoder.Open(video, Large, TestContext.Current.CancellationToken);
        Assert.True(reader.TryRead(new byte[Large.ByteCount], out _));
        int processId = reader.ProcessId;

        await reader.DisposeAsync();
        await reader.DisposeAsync();

        Assert.False(Directory.Exists($"/proc/{processId}"));
        Assert.Equal(1, reader.Report.DecodedFrames);
    }

    [Fact]
    public async Task A_decoder_that_gives_nothing_is_ended_as_stalled()
    {
        string blocked = samples.Folder.Script("silent", "exec sleep 600");
        FfmpegVideoDecoder decoder = new(new FfmpegOptions { FfmpegPath = blocked }, new HurriedClock());
        VideoInfo video = await samples.ProbeAsync();
        FfmpegVideoReader reader = (FfmpegVideoReader)decoder.Open(video, Clips.Thumbnail, TestContext.Current.CancellationToken);
        int processId = reader.ProcessId;

        PoseBatchException failure = Assert.Throws<PoseBatchException>(() => reader.TryRead(new byte[Clips.Thumbnail.ByteCount], out _));

        Assert.Equal(ReasonCode.Stalled, failure.Reason);
        await reader.DisposeAsync();
        Assert.False(Directory.Exists($"/proc/{processId}"));
    }

    [Fact]
    public async Task The_decoder_outlives_the_thread_that_opened_it()
    {
        // A child is told of the death of the thread that started it, not of the process.
        VideoInfo video = await samples.ProbeAsync();
        IVideoReader? opened = null;
        Thread thread = new(() => opened = Clips.Decoder.Open(video, Large, CancellationToken.None));
        thread.Start();
        thread.Join();

        await using IVideoReader reader = opened!;
        byte[] pixels = new byte[Large.ByteCount];
        int frames = 0;
        while (reader.TryRead(pixels, out _))
        {
            frames++;
        }

        Assert.Equal(Samples.FrameCount, frames);
    }

    [Fact]
    public async Task A_decoder_killed_from_outside_is_a_failure_not_an_end()
    {
        VideoInfo video = await samples.ProbeAsync();
        await using FfmpegVideoReader reader = (FfmpegVideoReader)Clips.Decoder.Open(video, Large, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[Large.ByteCount];
        Assert.True(reader.TryRead(pixels, out _));

        Clips.Run("kill", "-KILL", $"{reader.ProcessId}");

        PoseBatchException failure = Assert.Throws<PoseBatchException>(() =>
        {
            while (reader.TryRead(pixels, out _))
            {
            }
        });
        Assert.Equal(ReasonCode.OutOfMemory, failure.Reason);   // not the video's fault: it is tried again
    }

    [Theory]
    [InlineData("exit 0", "no frame (exit code 0)")]
    [InlineData("echo '[error] Cannot find things' >&2; exit 1", "Cannot find things")]
    [InlineData("head -c 100000 /dev/zero", "made no sense")]
    public async Task A_decoder_that_makes_no_sense_is_a_failure_that_says_what_it_said(string behaviour, string saying)
    {
        string odd = samples.Folder.Script($"odd-{behaviour.Length}", behaviour);
        FfmpegVideoDecoder decoder = new(new FfmpegOptions { FfmpegPath = odd });
        await using IVideoReader reader = decoder.Open(await samples.ProbeAsync(), Clips.Thumbnail, TestContext.Current.CancellationToken);

        PoseBatchException failure = Assert.Throws<PoseBatchException>(() => reader.TryRead(new byte[Clips.Thumbnail.ByteCount], out _));

        Assert.Equal(ReasonCode.DecodeFailed, failure.Reason);
        Assert.Contains(saying, failure.Message, StringComparison.Ordinal);
        Assert.Same(failure, Assert.Throws<PoseBatchException>(() => reader.TryRead(new byte[Clips.Thumbnail.ByteCount], out _)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_changes_while_it_is_read_is_told_at_the_end(bool isRemoved)
    {
        string path = samples.Folder[$"changing-{isRemoved}.mp4"];
        File.Copy(samples.Clip, path);
        VideoInfo video = await Clips.Decoder.ProbeAsync(path, null, TestContext.Current.CancellationToken);
        await using IVideoReader reader = Clips.Decoder.Open(video, Large, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[Large.ByteCount];
        Assert.True(reader.TryRead(pixels, out _));
        if (isRemoved)
        {
            File.Delete(path);
        }
        else
        {
            await File.AppendAllTextAsync(path, "more");
        }

        PoseBatchException failure = Assert.Throws<PoseBatchException>(() =>
        {
            while (reader.TryRead(pixels, out _))
            {
            }
        });
        Assert.Equal(ReasonCode.SourceChanged, failure.Reason);
    }

    [Fact]
    public async Task A_file_behind_a_link_that_grows_while_it_is_read_is_source_changed()
    {
        string path = samples.Folder["behind.mp4"];
        File.Copy(samples.Clip, path);
        string link = samples.Folder["link.mp4"];
        File.CreateSymbolicLink(link, Path.GetFileName(path));
        VideoInfo video = await Clips.Decoder.ProbeAsync(link, null, TestContext.Current.CancellationToken);
        await using IVideoReader reader = Clips.Decoder.Open(video, Large, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[Large.ByteCount];
        await File.AppendAllTextAsync(path, "more");

        PoseBatchException failure = Assert.Throws<PoseBatchException>(() =>
        {
            while (reader.TryRead(pixels, out _))
            {
            }
        });

        Assert.Equal(new FileInfo(samples.Clip).Length, video.SizeBytes);
        Assert.Equal(ReasonCode.SourceChanged, failure.Reason);
    }

    [Fact]
    public async Task The_mark_of_a_file_tells_of_what_size_and_time_hide()
    {
        string path = samples.Folder["marked.mp4"];
        File.Copy(samples.Clip, path);
        VideoInfo video = await Clips.Decoder.ProbeAsync(path, null, TestContext.Current.CancellationToken);
        SourceMark first = Clips.Decoder.MarkOf(path);
        File.ReadAllBytes(path);

        Assert.Equal(first, video.Mark);
        Assert.Equal(first, Clips.Decoder.MarkOf(path));   // reading leaves no trace

        string other = samples.Folder["other.mp4"];
        File.Copy(samples.Clip, other);
        File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(path));
        File.Move(other, path, overwrite: true);
        SourceMark second = Clips.Decoder.MarkOf(path);
        Assert.Equal((first.Device, true), (second.Device, first.Inode != second.Inode));
        Assert.Equal(default, Clips.Decoder.MarkOf(samples.Folder["nothing.mp4"]));
    }

    [Fact]
    public async Task After_the_end_the_end_stays()
    {
        await using IVideoReader reader = Clips.Decoder.Open(await samples.ProbeAsync(), Clips.Thumbnail, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[Clips.Thumbnail.ByteCount];
        while (reader.TryRead(pixels, out _))
        {
        }

        Assert.False(reader.TryRead(pixels, out _));
        Assert.Equal(Samples.FrameCount, reader.Report.DecodedFrames);
        Assert.Equal("pipe:1", reader.Report.Command[^1]);
    }

    [Fact]
    public async Task Reading_costs_no_managed_memory_per_frame()
    {
        await using IVideoReader reader = Clips.Decoder.Open(await samples.ProbeAsync(), Clips.Thumbnail, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[Clips.Thumbnail.ByteCount];
        for (int i = 0; i < 100; i++)
        {
            Assert.True(reader.TryRead(pixels, out _));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 150; i++)
        {
            Assert.True(reader.TryRead(pixels, out _));
        }

        long perFrame = (GC.GetAllocatedBytesForCurrentThread() - before) / 150;
        Assert.True(perFrame < 100, $"{perFrame} bytes per frame.");
    }

    public sealed class Samples : IDisposable
    {
        public const int FrameCount = 300;

        public Samples() => Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=12", "-c:v", "libx264", "-pix_fmt", "yuv420p", Clip);

        public TemporaryFolder Folder { get; } = new();

        public string Clip => Folder["clip.mp4"];

        public Task<VideoInfo> ProbeAsync() => Clips.Decoder.ProbeAsync(Clip, null, TestContext.Current.CancellationToken);

        public void Dispose() => Folder.Dispose();
    }
}
