using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>The child that lists the packets of a video's stream beside the decoder. It waits whenever nobody reads on.</summary>
internal sealed class PacketLister : IAsyncDisposable
{
    private readonly Child _child;
    private readonly CancellationTokenRegistration _onCancel;

    public PacketLister(FfmpegTools tools, FfmpegOptions options, TimeProvider clock, VideoInfo video, CancellationToken cancellation)
    {
        _child = Child.Start(tools.FfprobePath, DecodeCommand.ListPackets(video, options), options.LauncherFor(video.Path));
        _onCancel = cancellation.Register(_child.Kill);
        ErrorTail said = new();
        Listing = new(new ChildStream(_child, "ffprobe", said, clock, options.StallTimeout, cancellation), said, video.Path);
    }

    /// <summary>What it lists.</summary>
    public PacketListing Listing { get; }

    /// <summary>Ends it: nobody wants to know more.</summary>
    public void Kill() => _child.Kill();

    public async ValueTask DisposeAsync()
    {
        await _onCancel.DisposeAsync();
        await _child.DisposeAsync();
    }
}
