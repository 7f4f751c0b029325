using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>The child that lists a stream's packets beside the decoder, for streams whose packets may lack stamps.</summary>
internal sealed class StampList : IAsyncDisposable
{
    private readonly Child _child;
    private readonly CancellationTokenRegistration _onCancel;

    public StampList(FfmpegTools tools, FfmpegOptions options, TimeProvider clock, VideoInfo video, CancellationToken cancellation)
    {
        _child = Child.Start(tools.FfprobePath, DecodeCommand.ListPackets(video, options), options.LauncherFor(video.Path));
        _onCancel = cancellation.Register(_child.Kill);
        Stamps = new(new PacketReader(new ChildStream(_child, "ffprobe", new Unheard(), clock, options.StallTimeout, cancellation)));
    }

    /// <summary>What the packets say.</summary>
    public PacketStamps Stamps { get; }

    public async ValueTask DisposeAsync()
    {
        await _onCancel.DisposeAsync();
        await _child.DisposeAsync();
    }

    private sealed class Unheard : IErrorSink
    {
        public void Feed(ReadOnlySpan<byte> text)
        {
        }
    }
}
