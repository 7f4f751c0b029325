using PoseBatch.Parquet.Format;
using PoseBatch.Results.Format;
using PoseBatch.Tables;

namespace PoseBatch.Results.Writing;

/// <summary>
/// The segments of a result that is being made, <c>.work/{result's folder name}.resume/</c> below the output root. They outlive
/// the process that wrote them; whoever makes the same result goes on after the last good one. The name carries the result's key,
/// so segments of other content, another model or other settings are never met; the whole key stands in every segment.
/// </summary>
internal static class CheckpointFolder
{
    /// <summary>Ends the names of such folders; the sweep of dead processes' folders leaves them alone.</summary>
    public const string Suffix = ".resume";

    // Nobody goes on with a job after that time. A cancelled job takes its segments with it at once.
    private static readonly TimeSpan Patience = TimeSpan.FromDays(14);

    private const int LongestNamePart = 150;

    /// <summary>Where the segments of a result lie.</summary>
    public static string PathOf(string outputRoot, string resultName) =>
        System.IO.Path.Combine(outputRoot, WorkFolder.Parent, ResultName.Safe(resultName, LongestNamePart) + Suffix);

    /// <summary>
    /// Makes the folder if need be, verifies the segments in it from the first on, and removes what comes after the last good one.
    /// </summary>
    /// <param name="path">From <see cref="PathOf"/>.</param>
    /// <param name="key">The result's whole key.</param>
    /// <param name="blocks">Of the kind that is written.</param>
    /// <param name="memory">To read with.</param>
    public static Found Open(string path, string key, IReadOnlyList<TableBlock> blocks, ChunkMemory memory)
    {
        Make(path);
        List<SegmentHeader> headers = [];
        long frames = 0;
        byte[] state = [];
        while (true)
        {
            string file = System.IO.Path.Combine(path, SegmentFile.NameOf(headers.Count));
            if (!File.Exists(file) || Check(file, key, headers.Count, frames, blocks, memory) is not { } good)
            {
                break;
            }

            headers.Add(good.Header);
            frames = good.EndFrame;
            state = good.State;
        }

        foreach (string entry in Directory.GetFileSystemEntries(path, "*.segment"))
        {
            if (string.CompareOrdinal(System.IO.Path.GetFileName(entry), SegmentFile.NameOf(headers.Count)) >= 0)
            {
                Clear(entry);
            }
        }

        return new(headers, frames, state);
    }

    /// <summary>Removes the folder; its result is complete, or nobody wants it any more. Never throws for one that resists.</summary>
    public static void Remove(string path) => Remove(path, withSegments: true);

    /// <summary>Removes the folder if no segment lies in it: nobody can go on from it. Never throws.</summary>
    public static void RemoveEmpty(string path) => Remove(path, withSegments: false);

    /// <summary>Whether a folder of that name has not been touched for so long that nobody will go on with it.</summary>
    public static bool IsForgotten(string path) => DateTime.UtcNow - Directory.GetLastWriteTimeUtc(path) > Patience;

    private static void Remove(string path, bool withSegments)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, withSegments);
            }

            Directory.Delete(System.IO.Path.GetDirectoryName(path)!);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            // There are segments, other work goes on beside it, or the disk is gone: what stays is swept later.
        }
    }

    private static void Make(string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (File.Exists(path))
                {
                    File.Delete(path);
                }

                Directory.CreateDirectory(path);
                return;
            }
            catch (DirectoryNotFoundException) when (attempt < 5)
            {
                // Somebody removed the folder above in between, as it was empty.
            }
        }
    }

    /// <summary>Nobody but a writer of segments has a place here: whatever has one's name is in its way, a folder, too.</summary>
    private static void Clear(string entry)
    {
        if (Directory.Exists(entry))
        {
            Directory.Delete(entry, recursive: true);
        }
        else
        {
            File.Delete(entry);
        }
    }

    private static (SegmentHeader Header, long EndFrame, byte[] State)? Check(string file, string key, int segment, long firstFrame,
        IReadOnlyList<TableBlock> blocks, ChunkMemory memory)
    {
        try
        {
            if (!SegmentFile.IsWhole(file, memory))
            {
                return null;
            }

            using SegmentFile.Reader reader = new(file, memory);
            if (reader.Header.Key != key || reader.Header.Segment != segment || reader.Header.FirstFrame != firstFrame)
            {
                return null;
            }

            (long endFrame, byte[] state) = reader.Skip(blocks);
            return endFrame > firstFrame ? (reader.Header, endFrame, state) : null;
        }
        catch (Exception damage) when (damage is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
    }

    /// <summary>What can be built upon.</summary>
    /// <param name="Segments">The good segments, in order.</param>
    /// <param name="Frames">Frames in them: the index of the first that is still to be done.</param>
    /// <param name="State">What that frame starts from.</param>
    public sealed record Found(IReadOnlyList<SegmentHeader> Segments, long Frames, byte[] State);
}
