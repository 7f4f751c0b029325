using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;

namespace PoseBatch.Parquet.Format;

/// <summary>
/// Parquet.Net keeps its buffers from one row group to the next and takes them when they are first needed, so that a long video
/// would need more memory than one that fills no row group. A process therefore writes a full one to memory and reads it before
/// its first result; after that every video, long or short, finds what it needs (promise P7).
/// </summary>
internal static class FormatBuffers
{
    private static readonly Lock Gate = new();
    private static int _reserved;

    /// <summary>Takes the buffers for row groups of that size, unless this process has them.</summary>
    /// <param name="rows">Rows of the largest row group.</param>
    /// <param name="memory">Scratch memory of the result, which is taken as well.</param>
    public static void Reserve(int rows, ChunkMemory memory)
    {
        lock (Gate)
        {
            if (rows > _reserved)
            {
                _reserved = rows;
                WriteAndRead(rows, memory).GetAwaiter().GetResult();
            }
        }
    }

    /// <summary>One column per kind of value: the buffers are the same for all of a kind.</summary>
    private static async Task WriteAndRead(int rows, ChunkMemory memory)
    {
        DataField<string> words = new("word", nullable: false);
        DataField<int> whole = new("whole", nullable: true);
        DataField<float> split = new("split", nullable: true);
        DataField<double> plain = new("plain", nullable: false);
        ParquetOptions options = ColumnFields.OptionsFor(Tables.TableProfile.Compact);
        options.ColumnEncodingHints["word"] = EncodingHint.Dictionary;
        options.ColumnEncodingHints["whole"] = EncodingHint.DeltaBinaryPacked;
        options.ColumnEncodingHints["split"] = EncodingHint.ByteSplitStream;
        Memory<int> levels = memory.Levels(rows);
        levels.Span.Fill(1);
        Memory<ReadOnlyMemory<char>> texts = memory.Values<ReadOnlyMemory<char>>(rows);
        texts.Span.Fill("clip.mp4".AsMemory());

        using MemoryStream file = new();
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new(words, whole, split, plain), file, options))
        {
            // Of the first nothing is collected before the second: so much lies about at the worst time of a long video.
            using (ParquetRowGroupWriter first = writer.CreateRowGroup())
            {
                await first.WriteAllPartsAsync<ReadOnlyMemory<char>>(words, texts, null, null, CancellationToken.None);
                await first.WriteAllPartsAsync<int>(whole, Noise<int>(rows, memory), levels, null, CancellationToken.None);
                await first.WriteAllPartsAsync<float>(split, Noise<float>(rows, memory), levels, null, CancellationToken.None);
                await first.WriteAllPartsAsync<double>(plain, Noise<double>(rows, memory), null, null, CancellationToken.None);
            }

            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(words, texts, null, null, CancellationToken.None);
            await group.WriteAllPartsAsync<int>(whole, Noise<int>(rows, memory), levels, null, CancellationToken.None);
            await group.WriteAllPartsAsync<float>(split, Noise<float>(rows, memory), levels, null, CancellationToken.None);
            await group.WriteAllPartsAsync<double>(plain, Noise<double>(rows, memory), null, null, CancellationToken.None);
        }

        texts.Span.Clear();
        memory.Pages((int)file.Length / 2).Span.Clear();
        await using ParquetReader reader = await ParquetReader.CreateAsync(file);
        DataField[] fields = reader.Schema.GetDataFields();
        ParquetRowGroupReader read = reader.RowGroups[0];
        await read.ReadRawAsync(fields[0], texts, null, null);
        await read.ReadRawAsync(fields[1], memory.Values<int>(rows), levels, null);
        await read.ReadRawAsync(fields[2], memory.Values<float>(rows), levels, null);
        await read.ReadRawAsync(fields[3], memory.Values<double>(rows), null, null);
        texts.Span.Clear();
        Leavings.Collect();
    }

    /// <summary>Values that take the most room when they are packed.</summary>
    private static Memory<T> Noise<T>(int rows, ChunkMemory memory)
        where T : unmanaged
    {
        Memory<T> values = memory.Values<T>(rows);
        new Random(1).NextBytes(MemoryMarshal.AsBytes(values.Span));
        return values;
    }
}
