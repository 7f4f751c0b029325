using System.Buffers.Binary;
using PoseBatch.Ffmpeg;

namespace PoseBatch.Cases;

/// <summary>
/// A clip of five frames that shows them again and again: an edit list (ISO/IEC 14496-12, 8.6.6) has twelve bytes for each time.
/// </summary>
internal static class EditListClip
{
    /// <summary>Frames that are stored.</summary>
    public const int StoredFrames = 5;

    // At ten frames a second, in the thousandths of a second that the movie's header counts in.
    private const uint Milliseconds = 500;

    /// <summary>Makes it.</summary>
    /// <returns>How many frames it shows.</returns>
    public static int Make(string path, int entries)
    {
        Clips.Make(
            "-f", "lavfi", "-i", "testsrc=s=64x48:r=10", "-frames:v", $"{StoredFrames}", "-c:v", "libx264", "-bf", "0", "-pix_fmt", "yuv420p",
            "-movie_timescale", "1000", "-use_editlist", "0", path);
        byte[] clip = File.ReadAllBytes(path);
        Range movie = Find(clip, .., "moov"u8), track = Find(clip, movie, "trak"u8), header = Find(clip, track, "tkhd"u8);

        byte[] edits = new byte[24 + (12 * entries)];
        WriteHead(edits, edits.Length, "edts"u8);
        WriteHead(edits.AsSpan(8), edits.Length - 8, "elst"u8);
        BinaryPrimitives.WriteInt32BigEndian(edits.AsSpan(20), entries);
        for (int i = 0; i < entries; i++)
        {
            Span<byte> entry = edits.AsSpan(24 + (12 * i), 12);
            BinaryPrimitives.WriteUInt32BigEndian(entry, Milliseconds);
            BinaryPrimitives.WriteInt32BigEndian(entry[4..], 0);
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], 1 << 16);   // rate 1.0
        }

        // The movie box comes last, so that no place of a sample moves.
        Grow(clip, movie, edits.Length);
        Grow(clip, track, edits.Length);
        File.WriteAllBytes(path, [.. clip[..header.End], .. edits, .. clip[header.End..]]);
        return StoredFrames * entries;
    }

    /// <summary>Where the content of a box lies among others; it begins eight bytes before.</summary>
    private static Range Find(byte[] file, Range among, ReadOnlySpan<byte> name)
    {
        (int start, int length) = among.GetOffsetAndLength(file.Length);
        for (int at = start; at < start + length;)
        {
            int size = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (file.AsSpan(at + 4, 4).SequenceEqual(name))
            {
                return (at + 8)..(at + size);
            }

            at += size;
        }

        throw new InvalidDataException("There is no such box.");
    }

    private static void Grow(byte[] file, Range box, int bytes)
    {
        Span<byte> size = file.AsSpan(box.Start.Value - 8);
        BinaryPrimitives.WriteInt32BigEndian(size, BinaryPrimitives.ReadInt32BigEndian(size) + bytes);
    }

    private static void WriteHead(Span<byte> box, int size, ReadOnlySpan<byte> name)
    {
        BinaryPrimitives.WriteInt32BigEndian(box, size);
        name.CopyTo(box[4..]);
    }
}
