using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results.Format;

/// <summary>Computes the identity of a source's content.</summary>
public static class SourceFingerprint
{
    /// <summary>Name of the method of <see cref="Fast"/>.</summary>
    public const string FastMethod = "fast-sha256";

    /// <summary>Name of the method of <see cref="Full"/>.</summary>
    public const string FullMethod = "sha256";

    private const int BlockSize = 1 << 16;
    private const int BlockCount = 64;

    /// <summary>
    /// SHA-256 over the size (8 bytes, little-endian) and 64 blocks of 64 KiB: the first, the last and 62 evenly spaced
    /// between them. A file of up to 4 MiB is hashed whole. Reads at most 4 MiB, whatever the size of the video.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PoseBatchException">source_missing, source_unreadable, source_changed (it shrank while it was read).</exception>
    public static SourceIdentity Fast(string path)
    {
        using SafeFileHandle file = Open(path);
        long size = RandomAccess.GetLength(file);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(head, size);
        hash.AppendData(head);

        byte[] block = new byte[BlockSize];
        if (size <= BlockSize * BlockCount)
        {
            for (long offset = 0; offset < size; offset += BlockSize)
            {
                Append(hash, file, path, block.AsSpan(0, (int)Math.Min(BlockSize, size - offset)), offset);
            }
        }
        else
        {
            for (long i = 0; i < BlockCount; i++)
            {
                // i times the whole would overflow only beyond 100 PB.
                Append(hash, file, path, block, i * (size - BlockSize) / (BlockCount - 1));
            }
        }

        return new(FastMethod, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>SHA-256 of the whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <param name="moved">Called after each block of 1 MiB: the sign of life of a large file, which takes minutes.</param>
    /// <exception cref="PoseBatchException">source_missing, source_unreadable.</exception>
    public static SourceIdentity Full(string path, CancellationToken cancellation, Action? moved = null)
    {
        using SafeFileHandle file = Open(path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[16 * BlockSize];
        for (long offset = 0; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Read(file, path, block, offset);
            if (count == 0)
            {
                return new(FullMethod, Convert.ToHexStringLower(hash.GetHashAndReset()));
            }

            hash.AppendData(block.AsSpan(0, count));
            offset += count;
            moved?.Invoke();
        }
    }

    private static void Append(IncrementalHash hash, SafeFileHandle file, string path, Span<byte> block, long offset)
    {
        for (int filled = 0; filled < block.Length;)
        {
            int count = Read(file, path, block[filled..], offset + filled);
            if (count == 0)
            {
                throw new PoseBatchException(ReasonCode.SourceChanged, $"'{path}' became shorter while it was read.", "Wait until it is written completely.");
            }

            filled += count;
        }

        hash.AppendData(block);
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw Unread(path, fault);
        }
    }

    private static int Read(SafeFileHandle file, string path, Span<byte> bytes, long offset)
    {
        try
        {
            return RandomAccess.Read(file, bytes, offset);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            throw Unread(path, fault);
        }
    }

    private static PoseBatchException Unread(string path, Exception fault) => fault switch
    {
        FileNotFoundException or DirectoryNotFoundException => new(
            ReasonCode.SourceMissing, $"'{path}' does not exist.", "Check the name and whether its disk or share is mounted.", fault),
        UnauthorizedAccessException when Directory.Exists(path) => new(ReasonCode.SourceMissing, $"'{path}' is a folder.", "Name a video file.", fault),
        UnauthorizedAccessException => SourceFault.Unreachable(path, SourceFault.NoRight, fault.Message, Environment.UserName),
        _ => SourceFault.Unreachable(path, fault.HResult, fault.Message, Environment.UserName),
    };
}
