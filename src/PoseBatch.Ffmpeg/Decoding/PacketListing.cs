using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>
/// The text of a packet list as its child writes it. It has an end only if the child ended by itself and well: a list that breaks
/// off would make frames that were lost vanish from the ledger.
/// </summary>
/// <param name="stream">The child.</param>
/// <param name="said">What it says.</param>
/// <param name="path">The video.</param>
internal sealed class PacketListing(ChildStream stream, ErrorTail said, string path) : IByteSource
{
    /// <inheritdoc/>
    /// <exception cref="PoseBatchException">The child was lost, or gave the list up: what it listed is not all.</exception>
    public int Read(Span<byte> destination)
    {
        int count = stream.Read(destination);
        if (count == 0)
        {
            string doing = $"while it listed the packets of '{path}'";
            ChildEnd end = ChildEnd.Judge(stream.WaitForEnd(), said.Without(path));
            end.EnsureByItself("ffprobe", doing);
            if (end.ExitCode != 0)
            {
                throw StoppedEarly(path, $"with exit code {end.ExitCode}");
            }
        }

        return count;
    }

    /// <summary>A list that ends before the frames that have come out of the same file.</summary>
    /// <param name="path">The video.</param>
    /// <param name="how">How it ended.</param>
    public static PoseBatchException StoppedEarly(string path, string how) => new(
        PoseBatch.ReasonCode.Internal,
        $"ffprobe gave up {how} while it listed the packets of '{path}', so nobody can say which frames were lost.",
        "See whether the disk or network share of the file answers without errors.")
    {
        IsChildLost = true,
    };
}
