using System.Runtime.InteropServices;
using PoseBatch.Tables;

namespace PoseBatch.Parquet.Results;

/// <summary>
/// Parquet.Net keeps its buffers from one row group to the next and takes them when they are first needed, so that a long video
/// would need more memory than one that fills no row group. A process therefore writes and reads a full one before its first
/// result; after that every video, long or short, finds what it needs (promise P7).
/// </summary>
internal static class FormatBuffers
{
    private const string FileName = ".reserve.parquet";

    // One column per kind of value: the buffers are the same for all of a kind.
    private static readonly TableSchema Schema = new("reserve",
    [
        new("word", ColumnType.Text, IsNullable: false, string.Empty, string.Empty),
        new("whole", ColumnType.Int32, IsNullable: true, string.Empty, string.Empty),
        new("split", ColumnType.Float, IsNullable: true, string.Empty, string.Empty),
        new("plain", ColumnType.Double, IsNullable: false, string.Empty, string.Empty),
    ]);

    private static readonly Lock Gate = new();
    private static int _reserved;

    /// <summary>Takes the buffers for row groups of that size, unless this process has them.</summary>
    /// <param name="folder">Where a file may lie for a moment.</param>
    /// <param name="options">How the rows will be written.</param>
    /// <param name="rows">Rows of the largest row group.</param>
    /// <param name="memory">Scratch memory of the result, which is taken as well.</param>
    public static void Reserve(string folder, ParquetWriterOptions options, int rows, ChunkMemory memory)
    {
        lock (Gate)
        {
            if (rows <= _reserved)
            {
                return;
            }

            _reserved = rows;
        }

        string path = System.IO.Path.Combine(folder, FileName);
        TableBlock block = new(Schema);
        block.Reserve(rows);
        Fill(block, rows);
        using (ParquetFileWriter writer = new(path, Schema, options, memory))
        {
            writer.WriteRowGroup(block);
            writer.Finish([]);
        }

        using (ParquetFileReader reader = new(path, memory))
        {
            reader.Read(0, block);
        }

        File.Delete(path);
    }

    private static void Fill(TableBlock block, int rows)
    {
        TextColumnBuffer words = block.TextColumn("word");
        words.Fill(words.CodeOf("clip.mp4"), rows);
        block.Column<int>("whole").Fill(1, rows);

        // Noise takes the most room when it is packed.
        Random noise = new(1);
        noise.NextBytes(MemoryMarshal.AsBytes(block.Column<float>("split").Extend(rows)));
        noise.NextBytes(MemoryMarshal.AsBytes(block.Column<double>("plain").Extend(rows)));
    }
}
