using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>The child that lists the packets of a video's stream beside the decoder. It waits whenever nobody reads on.</summary>
internal sealed class PacketLister : IAsyncDisposable
{
    private readonly Child _child;
    private readonly CancellationTokenRegistration _onCancel;

    public PacketLister(DecodeSetup setup)
    {
        string path = setup.Video.Path;
        _child = Child.Start(setup.Tools.FfprobePath, DecodeCommand.ListPackets(setup.Video, setup.Options), setup.Options.LauncherFor(path));
        _onCancel = setup.Cancellation.Register(_child.Kill);
        ErrorTail said = new();
        Listing = new(new ChildStream(_child, "ffprobe", said, setup.Clock, setup.Options.StallTimeout, setup.Cancellation), said, path);
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
