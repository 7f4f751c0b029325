using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Shared;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

public sealed class DamageTests(DamageTests.Samples samples) : IClassFixture<DamageTests.Samples>
{
    public static TheoryData<string, int> Places { get; } = [.. from kind in (string[])["mp4", "mkv", "ts", "avi"] from seed in Enumerable.Range(0, 10) select (kind, seed)];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Damage_anywhere_ends_with_frames_or_with_a_reason(string kind, int seed)
    {
        byte[] bytes = await File.ReadAllBytesAsync(samples[$"whole.{kind}"]);
        Random random = new(seed);
        int at = random.Next(bytes.Length);
        switch (seed % 3)
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes = bytes[..at];
                break;
            default:
                bytes.AsSpan(at, int.Min(random.Next(1, 2000), bytes.Length - at)).Clear();
                break;
        }

        string path = samples[$"damaged-{seed}.{kind}"];
        await File.WriteAllBytesAsync(path, bytes);
        try
        {
            (_, List<FrameStamp> stamps, DecodeReport report) = await Clips.ReadAllAsync(path);

            Assert.Equal(Enumerable.Range(0, stamps.Count), stamps.Select(stamp => (int)stamp.Index));
            Assert.Equal(stamps.Count, report.DecodedFrames + report.UndecodableFrames);
            Assert.Equal(report.UndecodableFrames, stamps.Count(stamp => stamp.Status == FrameStatus.Undecodable));
            Assert.InRange(stamps.Count, 1, 60);
        }
        catch (PoseBatchException refusal)
        {
            Assert.Contains(
                refusal.Reason,
                (ReasonCode[])[ReasonCode.NotVideo, ReasonCode.SourceUnsettled, ReasonCode.NoVideoStream, ReasonCode.CodecUnsupported, ReasonCode.DecodeFailed]);
            Assert.NotNull(refusal.Advice);
        }
    }

    [Theory]
    [InlineData("mkv")]
    [InlineData("ts")]
    public async Task A_file_cut_off_gives_the_pictures_before_the_cut_unchanged(string kind)
    {
        byte[] bytes = await File.ReadAllBytesAsync(samples[$"whole.{kind}"]);
        await File.WriteAllBytesAsync(samples[$"cut.{kind}"], bytes[..(bytes.Length * 2 / 3)]);

        List<byte[]> whole = await PicturesAsync(samples[$"whole.{kind}"]);
        List<byte[]> cut = await PicturesAsync(samples[$"cut.{kind}"]);

        Assert.InRange(cut.Count, 20, whole.Count - 10);

        // The last few may lean on pictures that are gone.
        Assert.All(cut.SkipLast(4).Zip(whole), pair => Assert.Equal(pair.Second, pair.First));
    }

    [Fact]
    public async Task A_frame_lost_in_the_middle_keeps_its_place_in_the_ledger()
    {
        string path = SharedMedia.File("media", "videos", "corrupted.mp4");

        (_, List<FrameStamp> stamps, DecodeReport report) = await Clips.ReadAllAsync(path);

        FrameStamp lost = Assert.Single(stamps, stamp => stamp.Status == FrameStatus.Undecodable);
        Assert.Equal((30L, 30720L), (lost.Index, lost.Pts));
        Assert.Equal(3.0, lost.Seconds, 1e-9);
        Assert.Single(stamps, stamp => stamp.Status == FrameStatus.Corrupt);
        Assert.False(report.EndsEarly);
        Assert.True(report.ErrorLines >= 6);
    }

    [Theory]
    [InlineData("sq-faststart-cut.mp4", 90112, true)]
    [InlineData("sq-fragmented-cut.mp4", 83968, true)]
    public async Task A_packet_cut_in_half_at_the_end_is_a_lost_frame_and_the_file_ends_early(string name, long pts, bool endsEarly)
    {
        (_, List<FrameStamp> stamps, DecodeReport report) = await Clips.ReadAllAsync(SharedMedia.File("media", "derived", name));

        Assert.Equal((pts, FrameStatus.Undecodable), (stamps[^1].Pts, stamps[^1].Status));
        Assert.Single(stamps, stamp => stamp.Status == FrameStatus.Undecodable);
        Assert.Equal(endsEarly, report.EndsEarly);
    }

    [Theory]
    [InlineData("sq-editlist.mp4")]
    [InlineData("sq-mpeg4.avi")]
    [InlineData("sq-bitflips.mp4")]
    public async Task A_count_that_differs_without_a_cut_is_no_early_end(string name) =>
        Assert.False((await Clips.ReadAllAsync(SharedMedia.File("media", "derived", name))).Report.EndsEarly);

    [Fact]
    public async Task Damaged_pictures_are_marked() => Assert.Equal(
        29,
        (await Clips.ReadAllAsync(SharedMedia.File("media", "derived", "sq-bitflips.mp4"))).Stamps
            .Count(stamp => stamp.Status == FrameStatus.Corrupt));

    [Theory]
    [InlineData("derived/sq-bitflips.mp4")]
    [InlineData("videos/corrupted.mp4")]
    [InlineData("derived/sq-faststart-cut.mp4")]
    public async Task A_damaged_video_gives_the_same_with_any_number_of_threads(string name)
    {
        string path = SharedMedia.File("media", name);
        FfmpegVideoDecoder threaded = new(new FfmpegOptions { DecodeThreads = 3 });

        (_, List<FrameStamp> one, DecodeReport oneReport) = await Clips.ReadAllAsync(path);
        (_, List<FrameStamp> three, DecodeReport threeReport) = await Clips.ReadAllAsync(path, decoder: threaded);

        Assert.Equal(one, three);
        Assert.Equal(oneReport.Messages, threeReport.Messages);
        Assert.Equal(await PicturesAsync(path), await PicturesAsync(path, threaded));
    }

    private static async Task<List<byte[]>> PicturesAsync(string path, FfmpegVideoDecoder? decoder = null)
    {
        decoder ??= Clips.Decoder;
        VideoInfo video = await decoder.ProbeAsync(path, null, TestContext.Current.CancellationToken);
        await using IVideoReader reader = decoder.Open(video, Clips.Thumbnail, TestContext.Current.CancellationToken);
        List<byte[]> pictures = [];
        byte[] pixels = new byte[Clips.Thumbnail.ByteCount];
        while (reader.TryRead(pixels, out FrameStamp stamp))
        {
            if (stamp.Status != FrameStatus.Undecodable)
            {
                pictures.Add([.. pixels]);
            }
        }

        return pictures;
    }

    public sealed class Samples : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Samples()
        {
            Clips.Make(
                "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=2", "-c:v", "libx264", "-g", "12", "-bf", "2", "-pix_fmt", "yuv420p",
                this["whole.mkv"]);
            Clips.Make("-i", this["whole.mkv"], "-c", "copy", "-movflags", "+faststart", this["whole.mp4"]);
            Clips.Make("-i", this["whole.mkv"], "-c", "copy", this["whole.ts"]);
            Clips.Make("-i", this["whole.mkv"], "-c:v", "mpeg4", this["whole.avi"]);
        }

        public string this[string name] => _folder[name];

        public void Dispose() => _folder.Dispose();
    }
}
