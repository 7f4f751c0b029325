using System.Diagnostics;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>What a confined ffmpeg may and may not do, tried with ordinary programs in its place.</summary>
public sealed class ConfinementTests
{
    private static IReadOnlyList<string> Launcher => ConfinedLauncher.CommandOf([PoseBatchProgram.Host]);

    [Fact]
    public void A_confined_program_reads_the_one_file_and_no_other()
    {
        Assert.SkipUnless(ConfinedLauncher.CanRestrictFiles, "This kernel has no Landlock.");
        using TemporaryFolder folder = new();
        string mine = folder["mine.txt"], other = folder["other.txt"];
        File.WriteAllText(mine, "mine");
        File.WriteAllText(other, "other");

        Assert.Equal("mine", Run(mine, "cat", mine).Output);
        (int code, string output, string errors) = Run(mine, "cat", other);
        Assert.NotEqual(0, code);
        Assert.Empty(output);
        Assert.Contains("denied", errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_confined_program_writes_nothing()
    {
        using TemporaryFolder folder = new();
        string mine = folder["mine.txt"], made = folder["made.txt"];
        File.WriteAllText(mine, "mine");

        // Without Landlock the limit on file size still stands: an empty file may appear, but nothing in it.
        Assert.NotEqual(0, Run(mine, "cp", mine, made).Code);
        Assert.True(!File.Exists(made) || new FileInfo(made).Length == 0);
        Assert.Equal("mine", File.ReadAllText(mine));
    }

    [Fact]
    public async Task A_confined_decoder_gives_the_same_frames()
    {
        using TemporaryFolder folder = new();
        string clip = folder["clip.mp4"];
        Clips.Make("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=1", clip);
        FfmpegVideoDecoder free = new(new FfmpegOptions());
        FfmpegVideoDecoder confined = new(new FfmpegOptions { Launcher = Launcher });
        Assert.Equal(await FramesAsync(free, clip), await FramesAsync(confined, clip));
    }

    [Theory]
    [InlineData("__confine")]
    [InlineData("__confine --")]
    [InlineData("__confine a b c")]
    public void Called_by_hand_it_refuses(string words)
    {
        using Process process = Process.Start(new ProcessStartInfo(PoseBatchProgram.Executable, words.Split(' '))
        {
            RedirectStandardError = true,
        })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(126, process.ExitCode);
        Assert.Contains("nothing to be called by hand", said, StringComparison.Ordinal);
    }

    private static async Task<List<string>> FramesAsync(FfmpegVideoDecoder decoder, string clip)
    {
        VideoInfo video = await decoder.ProbeAsync(clip, null, TestContext.Current.CancellationToken);
        await using IVideoReader reader = decoder.Open(video, Clips.Thumbnail, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[Clips.Thumbnail.ByteCount];
        List<string> frames = [];
        while (reader.TryRead(pixels, out FrameStamp stamp))
        {
            frames.Add($"{stamp} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(pixels))}");
        }

        Assert.Equal(25, frames.Count);
        return frames;
    }

    private static (int Code, string Output, string Errors) Run(string mayRead, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Launcher[0], [.. Launcher.Skip(1), mayRead, "--", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult(), errors);
    }
}
