using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using PoseBatch.Ffmpeg.Interop;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>
/// What the outermost parts of a file say of it: how long it should be, how many recordings stand one behind the other, what kind of
/// file it is. A copy that was interrupted opens like a whole video when its index stands in front, and of files joined byte by byte
/// a demuxer reads the first; the parts' own sizes tell.
/// </summary>
/// <remarks>
/// Boxes by ISO/IEC 14496-12 section 4.2, picture brands by ISO/IEC 23008-12 and the AVIF specification, encryption by ISO/IEC
/// 23001-7; elements by RFC 8794 and RFC 9559; chunks by the AVI RIFF file reference with its OpenDML extension; objects by the ASF
/// specification; onMetaData by the FLV file format specification. A handful of small reads, whatever the size of the file; nothing
/// of it is trusted further than this.
/// </remarks>
public sealed record ContainerOutline
{
    private const int HeadBytes = 64;
    private const int MostParts = 4096;
    private const int BoxHead = 8;
    private const int LongBoxHead = 16;
    private const int ChunkHead = 8;
    private const int ObjectHead = 24;
    private const int FlvHeadBytes = 1024;
    private const ulong EbmlId = 0x1A45DFA3;
    private const ulong SegmentId = 0x18538067;

    private static readonly ContainerOutline Silent = new();

    /// <summary>
    /// The least length in bytes that the content speaks of, at most the file's own when all of it is there. Null when the format does
    /// not say where it ends (MPEG-TS, bare streams, live recordings).
    /// </summary>
    public long? StatedBytes { get; private init; }

    /// <summary>Recordings one behind the other of which a demuxer reads the first only; 1 as a rule, and where that cannot be told.</summary>
    public int Recordings { get; private init; } = 1;

    /// <summary>The major brand of an ISO base media file, four letters; null for other files.</summary>
    public string? Brand { get; private init; }

    /// <summary>An ISO base media file whose boxes are all there, without a movie among them, but with what a still picture has.</summary>
    public bool IsStillPicture { get; private init; }

    /// <summary>How the movie's pictures are encrypted, for example <c>cenc</c>; null when they are not, or when that cannot be told.</summary>
    public string? Encryption { get; private init; }

    /// <summary>Reads it.</summary>
    /// <param name="path">A regular file; of anything else nothing is read.</param>
    /// <returns>Never null; an outline that says nothing when the file cannot be read (the decoder says why).</returns>
    public static ContainerOutline Of(string path)
    {
        try
        {
            if (Libc.KindOf(path) != Libc.FileKind.Regular)
            {
                return Silent;
            }

            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Of(file, RandomAccess.GetLength(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Silent;
        }
    }

    private static ContainerOutline Of(SafeFileHandle file, long length)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head = head[..Read(file, head, 0)];
        return IsBox(head) ? Boxes(file, length)
            : IsElement(head) ? Silent with { StatedBytes = Segment(head) }
            : head.StartsWith("RIFF"u8) && head.Length >= 12 && head[8..12].SequenceEqual("AVI "u8) ? Silent with { StatedBytes = Chunks(file, length) }
            : head.StartsWith(AsfHeader) ? Objects(file, length)
            : head.StartsWith("FLV\u0001"u8) ? Tags(file, length)
            : Silent;
    }

    private static bool IsBox(ReadOnlySpan<byte> head) => head.Length >= BoxHead && head[4..8] is var name
        && (name.SequenceEqual("ftyp"u8) || name.SequenceEqual("moov"u8) || name.SequenceEqual("mdat"u8) || name.SequenceEqual("free"u8)
            || name.SequenceEqual("skip"u8) || name.SequenceEqual("wide"u8) || name.SequenceEqual("pnot"u8) || name.SequenceEqual("styp"u8));

    private static bool IsElement(ReadOnlySpan<byte> head) => head.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(head) == EbmlId;

    private static ContainerOutline Boxes(SafeFileHandle file, long length)
    {
        (bool hasData, bool hasMeta, bool isFragmented, bool hasFragmentIndex) = (false, false, false, false);
        int movies = 0;
        int types = 0;
        string? brand = null;
        string? encryption = null;
        long at = 0;
        bool isSound = true;
        for (int count = 0; at < length; count++)
        {
            if (!TryReadBox(file, at, length, out Box box) || count >= MostParts)
            {
                isSound = false;
                break;
            }

            switch (box.Name)
            {
                case "ftyp":
                    types++;
                    brand ??= BrandOf(file, box);
                    break;
                case "moov":
                    movies++;
                    encryption ??= EncryptionOf(file, box);
                    break;
                case "mdat": hasData = true; break;
                case "meta": hasMeta = true; break;
                case "moof": isFragmented = true; break;
                case "mfra": hasFragmentIndex = true; break;
                default: break;
            }

            if (box.End is not { } end)
            {
                isSound = false;   // up to the end, wherever that is
                break;
            }

            at = end;
        }

        // Cut between two fragments it looks like one that has ended; only the index behind the last one tells.
        bool saysItsEnd = movies > 0 && hasData && (!isFragmented || hasFragmentIndex);
        return new()
        {
            StatedBytes = isSound && (at > length || saysItsEnd) ? at : null,
            // A type box begins a file of its own; fragments have segment types (styp) instead.
            Recordings = int.Max(1, int.Max(movies, movies > 0 ? types : 0)),
            Brand = brand,
            IsStillPicture = movies == 0 && (IsPictureBrand(brand) ? !isSound || at <= length : hasMeta && !isFragmented && isSound && at == length),
            Encryption = encryption,
        };
    }

    /// <summary>Reads the head of a box; false when there is none, or when what stands there was appended by somebody and is none.</summary>
    private static bool TryReadBox(SafeFileHandle file, long at, long length, out Box box)
    {
        Span<byte> head = stackalloc byte[LongBoxHead];
        box = default;
        int there = Read(file, head[..(int)long.Min(LongBoxHead, length - at)], at);
        if (there < BoxHead)
        {
            // Cut within a head: at least all of the head is missing.
            box = new("", at + BoxHead, at + BoxHead);
            return true;
        }

        ReadOnlySpan<byte> name = head[4..8];
        ulong size = BinaryPrimitives.ReadUInt32BigEndian(head);
        int headBytes = BoxHead;
        if (size == 1)
        {
            headBytes = LongBoxHead;
            if (there < LongBoxHead)
            {
                box = new(TextOf(name), at + LongBoxHead, at + LongBoxHead);
                return true;
            }

            size = BinaryPrimitives.ReadUInt64BigEndian(head[8..]);
        }

        if (size == 0)
        {
            box = new(TextOf(name), at + headBytes, null);
            return true;
        }

        if (size < (ulong)headBytes || size > (ulong)(long.MaxValue - at) || name.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return false;
        }

        box = new(TextOf(name), at + headBytes, at + (long)size);
        return true;
    }

    private static string? BrandOf(SafeFileHandle file, Box box)
    {
        Span<byte> brand = stackalloc byte[4];
        return Read(file, brand, box.Content) == 4 && !((ReadOnlySpan<byte>)brand).ContainsAnyExceptInRange((byte)' ', (byte)'~') ? TextOf(brand) : null;
    }

    // Brands of pictures and of collections of them. Sequences (msf1, hevc, avis) have a movie box and play like videos.
    private static bool IsPictureBrand(string? brand) =>
        brand is "heic" or "heix" or "heim" or "heis" or "mif1" or "mif2" or "avif" or "miaf" or "jxl " or "jp2 " or "jpx ";

    /// <summary>The scheme by which a movie's first encrypted track of pictures is encrypted.</summary>
    private static string? EncryptionOf(SafeFileHandle file, Box movie)
    {
        foreach (Box track in Children(file, movie).Where(box => box.Name == "trak"))
        {
            if (Find(file, track, "mdia", "minf", "stbl", "stsd") is not { } list)
            {
                continue;
            }

            // Behind version, flags and count, the entries are boxes named by their codec; encv is any codec, encrypted.
            foreach (Box entry in Children(file, list with { Content = list.Content + 8 }))
            {
                if (entry.Name is "encv" or "drmi")
                {
                    return SchemeOf(file, entry) ?? entry.Name;
                }
            }
        }

        return null;
    }

    // 78 bytes of a picture track's entry, then its boxes: sinf, in it schm, in it (behind version and flags) four letters.
    private static string? SchemeOf(SafeFileHandle file, Box entry) =>
        Find(file, entry with { Content = entry.Content + 78 }, "sinf", "schm") is { } scheme ? BrandOf(file, scheme with { Content = scheme.Content + 4 }) : null;

    private static Box? Find(SafeFileHandle file, Box parent, params ReadOnlySpan<string> names)
    {
        Box box = parent;
        foreach (string name in names)
        {
            if (Children(file, box).Where(child => child.Name == name).Select(child => (Box?)child).FirstOrDefault() is not { } found)
            {
                return null;
            }

            box = found;
        }

        return box;
    }

    private static IEnumerable<Box> Children(SafeFileHandle file, Box parent)
    {
        long end = parent.End ?? RandomAccess.GetLength(file);
        long at = parent.Content;
        for (int count = 0; at < end && count < MostParts && TryReadBox(file, at, end, out Box box) && box.End is { } next && next <= end; count++)
        {
            yield return box;
            at = next;
        }
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

    // 75B22630-668E-11CF-A6D9-00AA0062CE6C and 75B22636-... as they are stored.
    private static ReadOnlySpan<byte> AsfHeader => [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C];

    private static ReadOnlySpan<byte> AsfData => [0x36, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C];

    private static ContainerOutline Objects(SafeFileHandle file, long length)
    {
        Span<byte> head = stackalloc byte[ObjectHead];
        int headers = 0;
        bool hasData = false;
        long at = 0;
        for (int count = 0; at < length && count < MostParts; count++)
        {
            if (Read(file, head, at) < ObjectHead)
            {
                at += ObjectHead;   // cut within a head: at least all of the head is missing
                break;
            }

            bool isHeader = head.StartsWith(AsfHeader);
            bool isData = head.StartsWith(AsfData);
            headers += isHeader ? 1 : 0;
            hasData |= isData;
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(head[16..]);
            if (size < ObjectHead || size > (ulong)(long.MaxValue - at))
            {
                // A live recording does not know the size of its data; and what is no object was appended.
                return Silent with { Recordings = int.Max(1, headers) };
            }

            at += (long)size;
        }

        return Silent with { StatedBytes = hasData ? at : null, Recordings = int.Max(1, headers) };
    }

    // The number named filesize in the first tag's metadata, where its writer put one: a marker byte, then 8 bytes.
    private static ContainerOutline Tags(SafeFileHandle file, long length)
    {
        Span<byte> head = stackalloc byte[FlvHeadBytes];
        head = head[..Read(file, head, 0)];
        int name = head.IndexOf("\0\u0008filesize\0"u8);
        if (name < 0 || head.Length < name + 19)
        {
            return Silent;
        }

        double stated = BinaryPrimitives.ReadDoubleBigEndian(head[(name + 11)..]);
        if (!(stated > 0 && stated < long.MaxValue))
        {
            return Silent;   // filled in when the recording ends
        }

        Span<byte> behind = stackalloc byte[4];
        bool goesOn = stated <= length - behind.Length && Read(file, behind, (long)stated) == behind.Length && behind.SequenceEqual("FLV\u0001"u8);
        return Silent with { StatedBytes = (long)stated, Recordings = goesOn ? 2 : 1 };
    }

    private static string TextOf(ReadOnlySpan<byte> letters) => System.Text.Encoding.Latin1.GetString(letters);

    private static int Read(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        int filled = 0;
        while (offset >= 0 && filled < bytes.Length && RandomAccess.Read(file, bytes[filled..], offset + filled) is > 0 and int count)
        {
            filled += count;
        }

        return filled;
    }

    /// <summary>A box of an ISO base media file.</summary>
    /// <param name="Name">Four letters; empty when it is cut within its head.</param>
    /// <param name="Content">Where its content begins, from the start of the file.</param>
    /// <param name="End">Where it ends; null when it goes on to the end of the file.</param>
    private readonly record struct Box(string Name, long Content, long? End);
}
