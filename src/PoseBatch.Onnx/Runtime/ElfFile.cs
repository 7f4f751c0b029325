using System.Buffers.Binary;
using System.Text;

namespace PoseBatch.Onnx.Runtime;

/// <summary>
/// Reads which libraries a 64-bit little-endian ELF library needs. So the list of what a provider lacks comes from the
/// provider that is installed, whatever CUDA it was built for, and without loading 230 MB to be told of one name at a time.
/// </summary>
internal static class ElfFile
{
    private const int ProgramHeaderSize = 56;
    private const uint LoadSegment = 1;
    private const uint DynamicSegment = 2;
    private const ulong NeededTag = 1;
    private const ulong StringTableTag = 5;
    private const int LargestTable = 1 << 20;

    /// <summary>The names in the order of the file; empty when it is not such a file or cannot be read.</summary>
    public static IReadOnlyList<string> NeededLibraries(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return Read(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return [];
        }
    }

    private static List<string> Read(FileStream file)
    {
        byte[] header = ReadAt(file, 0, 64);
        if (!header.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException("Not a 64-bit little-endian ELF file.");
        }

        int segmentCount = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
        byte[] segments = ReadAt(file, ULong(header, 32), segmentCount * ProgramHeaderSize);
        List<(ulong Address, ulong Offset, ulong Size)> loads = [];
        byte[] dynamic = [];
        for (int at = 0; at < segments.Length; at += ProgramHeaderSize)
        {
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(segments.AsSpan(at));
            (ulong offset, ulong address, ulong size) = (ULong(segments, at + 8), ULong(segments, at + 16), ULong(segments, at + 32));
            if (type == LoadSegment)
            {
                loads.Add((address, offset, size));
            }
            else if (type == DynamicSegment)
            {
                dynamic = ReadAt(file, offset, (int)Math.Min(size, LargestTable));
            }
        }

        List<ulong> names = [];
        ulong table = 0;
        for (int at = 0; at + 16 <= dynamic.Length; at += 16)
        {
            switch (ULong(dynamic, at))
            {
                case NeededTag:
                    names.Add(ULong(dynamic, at + 8));
                    break;
                case StringTableTag:
                    table = ULong(dynamic, at + 8);
                    break;
                default:
                    break;
            }
        }

        (ulong segmentAddress, ulong segmentOffset, _) =
            loads.FirstOrDefault(load => table >= load.Address && table < load.Address + load.Size);
        return [.. names.Select(name => ReadName(file, table - segmentAddress + segmentOffset + name))];
    }

    private static string ReadName(FileStream file, ulong offset)
    {
        byte[] bytes = ReadAt(file, offset, 256, mayEndEarly: true);
        int end = Array.IndexOf(bytes, (byte)0);
        return end < 0 ? throw new InvalidDataException("A name without an end.") : Encoding.ASCII.GetString(bytes, 0, end);
    }

    private static byte[] ReadAt(FileStream file, ulong offset, int count, bool mayEndEarly = false)
    {
        if (offset > (ulong)file.Length)
        {
            throw new InvalidDataException("A table beyond the end of the file.");
        }

        file.Position = (long)offset;
        byte[] bytes = new byte[count];
        int read = file.ReadAtLeast(bytes, count, throwOnEndOfStream: !mayEndEarly);
        return bytes[..read];
    }

    private static ulong ULong(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
