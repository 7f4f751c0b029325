using System.IO.Compression;
using PoseBatch.Parquet.Format;
using PoseBatch.Parquet.Interop;

namespace PoseBatch.Parquet.Compression;

/// <summary>How pages are compressed; the numbers are Parquet's own.</summary>
public enum ParquetCodec
{
    /// <summary>Not at all.</summary>
    Uncompressed = 0,

    /// <summary>Snappy: the one every reader knows.</summary>
    Snappy = 1,

    /// <summary>Brotli: in-box, for machines without libzstd.</summary>
    Brotli = 4,

    /// <summary>Zstandard through the system's libzstd.</summary>
    Zstd = 6,
}

/// <summary>Compresses and restores pages. Keeps native contexts until it is disposed, and takes them anew when it is used again; not thread-safe.</summary>
internal sealed class PageCodec : IDisposable
{
    private const int ZstdLevel = 3;
    private const int BrotliQuality = 1;
    private const int BrotliWindow = 22;

    private readonly SnappyCompressor _snappy = new();
    private ZstdCompressionHandle? _compression;
    private ZstdDecompressionHandle? _decompression;

    /// <summary>Zstandard where libzstd loads, else Brotli.</summary>
    public static ParquetCodec Smallest => LibZstd.IsAvailable ? ParquetCodec.Zstd : ParquetCodec.Brotli;

    /// <summary>Adds the compressed form of <paramref name="page"/> to <paramref name="output"/>.</summary>
    public void Compress(ParquetCodec codec, ReadOnlySpan<byte> page, ByteBuffer output)
    {
        switch (codec)
        {
            case ParquetCodec.Uncompressed:
                output.Write(page);
                break;
            case ParquetCodec.Snappy:
                output.Advance(_snappy.Compress(page, output.Reserve(SnappyCompressor.Bound(page.Length))));
                break;
            case ParquetCodec.Brotli:
                CompressBrotli(page, output);
                break;
            case ParquetCodec.Zstd:
                CompressZstd(page, output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a codec this library writes.");
        }
    }

    /// <summary>Restores a page of known size.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged, or the codec is not one this library reads.</exception>
    public void Decompress(ParquetCodec codec, ReadOnlySpan<byte> compressed, Span<byte> page)
    {
        int written = codec switch
        {
            ParquetCodec.Uncompressed => Copy(compressed, page),
            ParquetCodec.Snappy => Snappy.Decompress(compressed, page),
            ParquetCodec.Brotli => BrotliDecoder.TryDecompress(compressed, page, out int count) ? count : -1,
            ParquetCodec.Zstd => DecompressZstd(compressed, page),
            _ => throw new InvalidDataException($"compression {(int)codec} is not one PoseBatch reads"),
        };
        if (written != page.Length)
        {
            throw new InvalidDataException($"a page does not unpack to its {page.Length} bytes");
        }
    }

    public void Dispose()
    {
        _compression?.Dispose();
        _decompression?.Dispose();
        (_compression, _decompression) = (null, null);
    }

    private static int Copy(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.Length != destination.Length)
        {
            return -1;
        }

        source.CopyTo(destination);
        return source.Length;
    }

    private static void CompressBrotli(ReadOnlySpan<byte> page, ByteBuffer output)
    {
        Span<byte> room = output.Reserve(BrotliEncoder.GetMaxCompressedLength(page.Length));
        if (!BrotliEncoder.TryCompress(page, room, out int written, BrotliQuality, BrotliWindow))
        {
            throw new InvalidOperationException("Brotli did not compress a page into its stated bound.");
        }

        output.Advance(written);
    }

    private unsafe void CompressZstd(ReadOnlySpan<byte> page, ByteBuffer output)
    {
        _compression ??= new ZstdCompressionHandle();
        Span<byte> room = output.Reserve(checked((int)LibZstd.ZSTD_compressBound((nuint)page.Length)));
        fixed (byte* source = page)
        fixed (byte* destination = room)
        {
            nuint written = LibZstd.ZSTD_compressCCtx(_compression, destination, (nuint)room.Length, source, (nuint)page.Length, ZstdLevel);
            if (LibZstd.ZSTD_isError(written) != 0)
            {
                throw new InvalidOperationException($"libzstd did not compress a page: {LibZstd.ErrorName(written)}.");
            }

            output.Advance((int)written);
        }
    }

    private unsafe int DecompressZstd(ReadOnlySpan<byte> compressed, Span<byte> page)
    {
        if (!LibZstd.IsAvailable)
        {
            throw new InvalidDataException("the table is compressed with zstd and libzstd is not installed");
        }

        _decompression ??= new ZstdDecompressionHandle();
        fixed (byte* source = compressed)
        fixed (byte* destination = page)
        {
            nuint written = LibZstd.ZSTD_decompressDCtx(_decompression, destination, (nuint)page.Length, source, (nuint)compressed.Length);
            return LibZstd.ZSTD_isError(written) != 0 ? -1 : (int)written;
        }
    }
}
