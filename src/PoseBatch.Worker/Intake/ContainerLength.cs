using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using PoseBatch.Worker.Intake.Interop;

namespace PoseBatch.Worker.Intake;

/// <summary>
/// How long a file is by its own account. A copy that was interrupted, or whose writer closes the file between two parts, opens
/// like a whole video when its index stands in front; but MP4, Matroska and AVI say in front how much is to come.
/// </summary>
/// <remarks>
/// Boxes by ISO/IEC 14496-12 section 4.2, elements by RFC 8794 and RFC 9559, chunks by the AVI RIFF file reference with its
/// OpenDML extension. A handful of small reads, whatever the size of the file; nothing of it is trusted further than this.
/// </remarks>
internal static class ContainerLength
{
    private const int HeadBytes = 64;
    private const int MostParts = 4096;
    private const int BoxHead = 8;
    private const int LongBoxHead = 16;
    private const int ChunkHead = 8;
    private const ulong EbmlId = 0x1A45DFA3;
    private const ulong SegmentId = 0x18538067;

    /// <summary>The least length in bytes that the content speaks of, at most the file's own when all of it is there.</summary>
    /// <param name="path">A regular file; anything else is not read.</param>
    /// <returns>Null when the format does not say where it ends (MPEG-TS, bare streams, live recordings), or the file cannot be read.</returns>
    public static long? Of(string path)
    {
        try
        {
            using SafeFileHandle? file = Open(path);
            return file is null || FileFacts.Of(path) is not { Kind: FileKind.Regular } ? null : Of(file, RandomAccess.GetLength(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;   // the decoder says what is wrong
        }
    }

    private static SafeFileHandle? Open(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }

        return Libc.OpenToRead(path, out SafeFileHandle? handle) == 0 ? handle : null;
    }

    private static long? Of(SafeFileHandle file, long length)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head = head[..Read(file, head, 0)];
        return IsBox(head) ? Boxes(file, length)
            : IsElement(head) ? Segment(head)
            : head.StartsWith("RIFF"u8) && head.Length >= 12 && head[8..12].SequenceEqual("AVI "u8) ? Chunks(file, length)
            : null;
    }

    private static bool IsBox(ReadOnlySpan<byte> head) => head.Length >= BoxHead && head[4..8] is var name
        && (name.SequenceEqual("ftyp"u8) || name.SequenceEqual("moov"u8) || name.SequenceEqual("mdat"u8) || name.SequenceEqual("free"u8)
            || name.SequenceEqual("skip"u8) || name.SequenceEqual("wide"u8) || name.SequenceEqual("pnot"u8) || name.SequenceEqual("styp"u8));

    private static bool IsElement(ReadOnlySpan<byte> head) => head.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(head) == EbmlId;

    private static long? Boxes(SafeFileHandle file, long length)
    {
        Span<byte> head = stackalloc byte[LongBoxHead];
        (bool hasIndex, bool hasData, bool isFragmented, bool hasFragmentIndex) = (false, false, false, false);
        long at = 0;
        for (int count = 0; at < length; count++)
        {
            int there = Read(file, head, at);
            if (there < BoxHead)
            {
                return at + BoxHead;
            }

            ReadOnlySpan<byte> name = head[4..8];
            ulong size = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (size == 1)
            {
                if (there < LongBoxHead)
                {
                    return at + LongBoxHead;
                }

                size = BinaryPrimitives.ReadUInt64BigEndian(head[8..]);
            }

            // Size 0 means up to the end, wherever that is; what is no box at all was appended by somebody.
            if (size < BoxHead || size > (ulong)(long.MaxValue - at) || count >= MostParts || name.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            {
                return null;
            }

            hasIndex |= name.SequenceEqual("moov"u8);
            hasData |= name.SequenceEqual("mdat"u8);
            isFragmented |= name.SequenceEqual("moof"u8);
            hasFragmentIndex |= name.SequenceEqual("mfra"u8);
            at += (long)size;
        }

        // Cut between two fragments it looks like one that has ended; only the index behind the last one tells.
        bool saysItsEnd = hasIndex && hasData && (!isFragmented || hasFragmentIndex);
        return at > length || saysItsEnd ? at : null;
    }

    private static long? Segment(ReadOnlySpan<byte> head)
    {
        if (!TryNumber(head[4..], keepsMarker: false, out ulong size, out int width) || size > HeadBytes)
        {
            return null;
        }

        int at = 4 + width + (int)size;
        if (at > head.Length || !TryNumber(head[at..], keepsMarker: true, out ulong id, out width) || id != SegmentId)
        {
            return null;
        }

        at += width;
        return TryNumber(head[at..], keepsMarker: false, out size, out width) && size < long.MaxValue - HeadBytes && !IsUnknown(size, width)
            ? at + width + (long)size
            : null;
    }

    // All bits set means: not known yet.
    private static bool IsUnknown(ulong size, int width) => size == (1UL << (7 * width)) - 1;

    // The leading zero bits of the first byte tell how many bytes follow it.
    private static bool TryNumber(ReadOnlySpan<byte> bytes, bool keepsMarker, out ulong number, out int width)
    {
        (number, width) = (0, 0);
        if (bytes.IsEmpty || bytes[0] == 0)
        {
            return false;
        }

        width = System.Numerics.BitOperations.LeadingZeroCount((uint)bytes[0]) - 23;
        if (width > bytes.Length)
        {
            return false;
        }

        number = keepsMarker ? bytes[0] : (ulong)(bytes[0] & (0xFF >> width));
        foreach (byte next in bytes[1..width])
        {
            number = (number << 8) | next;
        }

        return true;
    }

    private static long? Chunks(SafeFileHandle file, long length)
    {
        Span<byte> head = stackalloc byte[ChunkHead];
        long at = 0;
        for (int count = 0; at < length && count < MostParts; count++)
        {
            if (Read(file, head, at) < ChunkHead || !head.StartsWith("RIFF"u8))
            {
                return at;   // something appended
            }

            uint size = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (size is 0 or uint.MaxValue)
            {
                return null;   // filled in when the recording ends
            }

            long end = at + ChunkHead + size;
            at = end == length ? end : end + (size & 1);   // many leave the padding behind the last chunk out
        }

        return at;
    }

    private static int Read(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        int filled = 0;
        while (offset >= 0 && filled < bytes.Length && RandomAccess.Read(file, bytes[filled..], offset + filled) is > 0 and int count)
        {
            filled += count;
        }

        return filled;
    }
}
