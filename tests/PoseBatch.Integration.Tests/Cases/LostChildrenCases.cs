using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;
using PoseBatch.Service;
using PoseBatch.Video;

namespace PoseBatch.Cases;

/// <summary>r-probe-killed: a child that is ended by a signal, or finds no memory, says nothing about the video.</summary>
public sealed class LostChildrenCases : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("kill -KILL $$", "signal 9")]
    [InlineData("kill -TERM $$", "signal 15")]
    [InlineData("kill -SEGV $$", "signal 11")]
    [InlineData("exit 255", "exit code 255")]
    [InlineData("ulimit -v 150000; exec /usr/bin/ffprobe \"$@\"", "shared librar")]
    public async Task A_probe_that_is_lost_is_no_verdict_on_the_file(string fate, string saying)
    {
        string probe = _folder.Program("ffprobe", $"#!/bin/sh\ncase \"$*\" in *show_streams*) {fate};; *) exec /usr/bin/ffprobe \"$@\";; esac\n");

        JsonElement failed = await FailAsync("Decode__FfprobePath", probe);

        Assert.Equal("out_of_memory", failed.GetProperty("reason").GetString());
        Assert.True(failed.GetProperty("transient").GetBoolean());
        Assert.Contains(saying, failed.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kill -KILL $$", "signal 9")]
    [InlineData("kill -TERM $$", "signal 15")]
    [InlineData("kill -SEGV $$", "signal 11")]
    [InlineData("exit 255", "exit code 255")]
    [InlineData("ulimit -v 150000; exec /usr/bin/ffmpeg \"$@\"", "shared librar")]
    public async Task A_decoder_that_is_lost_is_no_verdict_on_the_file(string fate, string saying)
    {
        string ffmpeg = _folder.Program("ffmpeg", $"#!/bin/sh\nif [ \"$1\" = -version ]; then exec /usr/bin/ffmpeg -version; fi\n{fate}\n");

        JsonElement failed = await FailAsync("Decode__FfmpegPath", ffmpeg);

        Assert.Equal("out_of_memory", failed.GetProperty("reason").GetString());
        Assert.True(failed.GetProperty("transient").GetBoolean());
        Assert.Contains(saying, failed.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kill -KILL $$")]
    [InlineData("kill -TERM $$")]
    [InlineData("kill -SEGV $$")]
    [InlineData("exit 1")]
    [InlineData("exit 0")]
    public async Task A_packet_list_that_breaks_off_fails_the_attempt_and_never_makes_a_smaller_ledger(string fate)
    {
        string clip = Damaged();
        (_, List<FrameStamp> whole, _) = await Clips.ReadAllAsync(clip);
        Assert.Contains(whole, stamp => stamp.Status == FrameStatus.Undecodable);
        string probe = _folder.Program("ffprobe", $"#!/bin/sh\ncase \"$*\" in *packet=pts,dts,flags*) /usr/bin/ffprobe \"$@\" | head -n 40; {fate};; *) exec /usr/bin/ffprobe \"$@\";; esac\n");
        FfmpegVideoDecoder decoder = new(new FfmpegOptions { FfprobePath = probe });
        VideoInfo video = await decoder.ProbeAsync(clip, null, TestContext.Current.CancellationToken);
        await using IVideoReader reader = decoder.Open(video, Clips.Thumbnail, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[Clips.Thumbnail.ByteCount];

        PoseBatchException lost = Assert.Throws<PoseBatchException>(() =>
        {
            while (reader.TryRead(pixels, out _))
            {
            }
        });

        Assert.True(lost.IsChildLost);
        Assert.True(lost.Reason.IsTransient());
        Assert.Contains("packets", lost.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    [InlineData("SEGV")]
    public void A_question_for_the_version_that_is_lost_is_asked_again(string signal)
    {
        string log = _folder["asked"];
        string ffmpeg = _folder.Program("ffmpeg", $"#!/bin/sh\necho asked >> '{log}'\nif [ $(wc -l < '{log}') = 1 ]; then kill -{signal} $$; fi\necho 'ffmpeg version 5.1.9 Copyright'\n");
        FfmpegOptions options = new() { FfmpegPath = ffmpeg };

        Assert.Equal("ffmpeg 5.1.9", FfmpegTools.Find(options).Version);
        Assert.Equal("ffmpeg 5.1.9", new FfmpegVideoDecoder(options).Version);

        // Once for nothing, once for all decoders of this process.
        Assert.Equal(2, File.ReadAllLines(log).Length);
    }

    [Fact]
    public void A_question_for_the_version_that_is_lost_every_time_is_no_lack_of_a_codec()
    {
        string ffmpeg = _folder.Program("ffmpeg", "#!/bin/sh\nkill -KILL $$\n");

        PoseBatchException lost = Assert.Throws<PoseBatchException>(() => FfmpegTools.Find(new() { FfmpegPath = ffmpeg }));

        Assert.Equal(ReasonCode.OutOfMemory, lost.Reason);
        Assert.Contains("version", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_loses_every_child_once_completes_and_has_used_up_no_last_attempt()
    {
        string marks = Directory.CreateDirectory(_folder["marks"]).FullName, inbox = Directory.CreateDirectory(_folder["inbox"]).FullName;
        string[] signals = ["KILL", "TERM", "SEGV"];
        foreach (string signal in signals)
        {
            TestVideos.Short(Path.Combine(inbox, $"{signal}.mp4"), seconds: 1 + (0.2 * Array.IndexOf(signals, signal)));
        }

        await using (RunningService service = await RunningService.StartAsync(
            _folder.Path, ("Decode:FfmpegPath", OnceLost("ffmpeg", marks)), ("Decode:FfprobePath", OnceLost("ffprobe", marks)),
            ("Service:Confine", "false"), ("Jobs:MaxAttempts", "1"), ("Jobs:RetrySeconds", "0.1")))
        {
            await using SqliteJobStore store = service.OpenStore();
            IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(signals.Length));

            Assert.All(jobs, job => Assert.True(job.Status == JobStatus.Completed, $"{job.Status}: {job.Reason} {job.Message}"));
            Assert.All(jobs, job => Assert.Empty(ResultInspector.Inspect(job.ResultPath!).Problems));
        }

        Assert.Equal(2 * signals.Length, Directory.GetDirectories(marks).Length);
    }

    // Ends itself by the signal that the video is named after, the first time it meets that video.
    private string OnceLost(string program, string marks) => _folder.Program(
        program,
        $"""
        #!/bin/sh
        if [ "$1" = -version ]; then exec /usr/bin/{program} -version; fi
        for word; do case "$word" in file:*) name=$(basename "$word");; esac; done
        if mkdir "{marks}/{program}-$name" 2>/dev/null; then kill -"$(basename "$name" .mp4)" $$; fi
        exec /usr/bin/{program} "$@"

        """);

    private async Task<JsonElement> FailAsync(string setting, string program)
    {
        string clip = TestVideos.Short(_folder["sound.mp4"]);
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunInShellAsync(
            _folder.Path, $"POSEBATCH__{setting}='{program}' \"$0\" process '{clip}' --out out --json");
        JsonElement report = Assert.Single(ended.Json, line => line.TryGetProperty("reason", out _));
        Assert.Equal("failed", report.GetProperty("status").GetString());
        return report;
    }

    // 250 pictures of some 5 kB each, of which those in the middle of the file are overwritten.
    private string Damaged()
    {
        string clip = _folder["damaged.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=10", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "3", clip);
        byte[] bytes = File.ReadAllBytes(clip);
        bytes.AsSpan(bytes.Length / 2, 20_000).Fill(0xA5);
        File.WriteAllBytes(clip, bytes);
        return clip;
    }
}
