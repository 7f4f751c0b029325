using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg;

public sealed class FfmpegToolsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026", "ffmpeg 5.1.9", true)]
    [InlineData("ffmpeg version n7.1 Copyright (c) 2000-2024", "ffmpeg 7.1", true)]
    [InlineData("ffmpeg version 6.0 Copyright (c) 2000-2023", "ffmpeg 6.0", true)]
    [InlineData("ffprobe version 8 Copyright", "ffmpeg 8", true)]
    [InlineData("ffmpeg version 7.0.2-static Copyright (c)", "ffmpeg 7.0.2", true)]
    [InlineData("ffmpeg version N-118000-g0123abc Copyright (c)", "ffmpeg N-118000-g0123abc", true)]
    [InlineData("ffmpeg version git-2024-01-01-0123abc Copyright (c)", "ffmpeg git-2024-01-01-0123abc", true)]
    [InlineData("ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c)", "ffmpeg 4.4.2", false)]
    [InlineData("ffmpeg version 5.0.1 Copyright (c)", "ffmpeg 5.0.1", false)]
    public void Versions_are_told_apart_by_what_they_say_of_themselves(string said, string name, bool isUsable)
    {
        FfmpegVersion version = Assert.IsType<FfmpegVersion>(FfmpegVersion.Parse(said));

        Assert.Equal(name, version.ToString());
        Assert.Equal(isUsable, version.IsUsable);
    }

    [Theory]
    [InlineData("")]
    [InlineData("bash: ffmpeg: command not found")]
    public void Other_talk_is_no_version(string said) => Assert.Null(FfmpegVersion.Parse(said));

    [Fact]
    public void The_programs_of_this_machine_are_found_by_name()
    {
        FfmpegTools tools = FfmpegTools.Find(new());

        Assert.True(Path.IsPathFullyQualified(tools.FfmpegPath));
        Assert.StartsWith("ffmpeg ", tools.Version, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_program_is_named_with_what_to_do()
    {
        PoseBatchException failure = Assert.Throws<PoseBatchException>(() => FfmpegTools.Find(new() { FfprobePath = "no-such-probe" }));

        Assert.Equal(ReasonCode.CodecUnsupported, failure.Reason);
        Assert.Contains("no-such-probe", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Decode:FfprobePath", failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_too_old_is_refused_at_once()
    {
        string old = _folder.Script("old", "exit 1", version: "4.4.2");

        PoseBatchException failure = Assert.Throws<PoseBatchException>(() => FfmpegTools.Find(new() { FfmpegPath = old }));

        Assert.Contains("4.4.2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("5.1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_does_not_run_is_refused_with_what_it_said()
    {
        string broken = _folder.Program("broken", "#!/bin/sh\necho 'cannot open shared object file' >&2\nexit 127\n");

        PoseBatchException failure = Assert.Throws<PoseBatchException>(() => FfmpegTools.Find(new() { FfmpegPath = broken }));

        Assert.Contains("cannot open shared object file", failure.Message, StringComparison.Ordinal);
    }
}
