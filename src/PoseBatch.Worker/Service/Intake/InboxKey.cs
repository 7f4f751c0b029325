using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// The identity of a file that was taken: path within the inbox, size, time of change. As an idempotency key in the store it
/// keeps a file from being submitted twice; in memory it costs 16 bytes.
/// </summary>
/// <remarks>
/// The inode is left out on purpose: on network shares it may differ after every mount, and all files would be new. A file
/// that is replaced without a change of size or time is told apart by its content when its job runs.
/// </remarks>
internal static class InboxKey
{
    /// <summary>What all keys of the inbox begin with.</summary>
    public const string Prefix = "folder:";

    private const int LongestOnStack = 1024;

    /// <summary>The first 128 bits of SHA-256 over path, size and time.</summary>
    /// <param name="relativePath">Within the inbox, so that an inbox may be moved as a whole.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="modifiedTicks">Ticks, UTC.</param>
    public static UInt128 Of(ReadOnlySpan<char> relativePath, long size, long modifiedTicks)
    {
        int most = Encoding.UTF8.GetMaxByteCount(relativePath.Length) + 16;
        Span<byte> text = most <= LongestOnStack ? stackalloc byte[most] : new byte[most];
        int length = Encoding.UTF8.GetBytes(relativePath, text);
        BitConverter.TryWriteBytes(text[length..], size);
        BitConverter.TryWriteBytes(text[(length + 8)..], modifiedTicks);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..(length + 16)], hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>The key as the store keeps it.</summary>
    public static string Text(UInt128 key) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{key:x32}");

    /// <summary>The key of such a text.</summary>
    public static bool TryParse(string text, out UInt128 key)
    {
        key = default;
        return text.StartsWith(Prefix, StringComparison.Ordinal)
            && UInt128.TryParse(text.AsSpan(Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key);
    }
}
