using PoseBatch.Results;
using PoseBatch.Results.Verification;
using PoseBatch.Results.Writing;
using PoseBatch.Tables;

namespace PoseBatch.Parquet;

public class DamageTests
{
    // Of one table of a few kilobytes; what a header asks for in vain would be far more.
    private const long MostAllocated = 64L << 20;

    /// <summary>Flips bytes, cuts, overwrites and empties; the reader either says what is wrong or returns rows, and always ends.</summary>
    [Fact]
    public void A_damaged_file_gives_an_error_in_words_and_never_anything_else()
    {
        using TemporaryFolder folder = new();
        int refused = 0;
        long most = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            Random random = new(seed);
            byte[] sound = Write(folder[$"{seed}.parquet"], random);
            for (int attempt = 0; attempt < 60; attempt++)
            {
                string path = folder["damaged.parquet"];
                File.WriteAllBytes(path, Damage(sound, random));
                long before = GC.GetAllocatedBytesForCurrentThread();
                refused += IsRefused(path) ? 1 : 0;
                most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }

        // Pages have no checksums, so that some damage gives other rows: the manifest's hash knows, see below.
        Assert.True(refused > 1000, $"Only {refused} of 2400 damaged files were refused.");
        Assert.True(most < MostAllocated, $"A damaged file took {most} bytes.");
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_a_table_is_always_found_by_inspecting_the_result()
    {
        using TemporaryFolder root = new();
        using IResultWriter writer = new ParquetResultStore().Begin(SomeResult.Request(root.Path));
        SomeResult.Fill(writer, 40);
        Random random = new(1);
        string[] files = Directory.GetFiles(writer.Path, "*.parquet");
        for (int attempt = 0; attempt < 300; attempt++)
        {
            string file = files[attempt % files.Length];
            byte[] sound = File.ReadAllBytes(file), damaged = [.. sound];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, damaged);

            Assert.Contains(ResultInspector.Inspect(writer.Path).Problems,
                problem => problem.File == Path.GetFileName(file) && problem.Code is "hash_differs" or "file_unreadable");
            File.WriteAllBytes(file, sound);
        }

        Assert.Empty(ResultInspector.Inspect(writer.Path).Problems);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAR1")]
    [InlineData("This is a text and not a table at all.")]
    [InlineData("PAR1....PAR1")]
    [InlineData("PAR1\u0000\u0000\u0000\u0000PAR1")]
    public void What_is_no_table_is_called_so(string content)
    {
        using TemporaryFolder folder = new();
        string path = folder["t.parquet"];
        File.WriteAllText(path, content);
        ParquetFormatException fault = Assert.Throws<ParquetFormatException>(() => new ParquetFileReader(path));
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>A footer that ends within a number: Parquet.Net alone would read on for ever.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(40)]
    public void A_footer_that_is_cut_ends_in_a_sentence(int missing)
    {
        using TemporaryFolder folder = new();
        string path = folder["t.parquet"];
        byte[] sound = Write(path, new Random(4));
        int length = BitConverter.ToInt32(sound, sound.Length - 8);
        File.WriteAllBytes(path, [.. sound[..^(8 + missing)], .. BitConverter.GetBytes(length - missing), .. "PAR1"u8]);
        Assert.Contains("the footer", Assert.Throws<ParquetFormatException>(() => new ParquetFileReader(path)).Message, StringComparison.Ordinal);
    }

    private static bool IsRefused(string path)
    {
        try
        {
            using ParquetFileReader reader = new(path);
            TableBlock block = reader.CreateBlock();
            for (int group = 0; group < reader.RowGroups.Count; group++)
            {
                reader.Read(group, block);
            }

            return false;
        }
        catch (ParquetFormatException)
        {
            return true;
        }
    }

    private static byte[] Write(string path, Random random)
    {
        TableSchema schema = RandomTable.Schema(random);
        using (ParquetFileWriter writer = new(path, schema, new() { Profile = (TableProfile)random.Next(2) }))
        {
            for (int group = 0; group < 2; group++)
            {
                TableBlock block = new(schema);
                RandomTable.Fill(block, random.Next(1, 600), random);
                writer.WriteRowGroup(block);
            }

            writer.Finish([new("key", "value")]);
        }

        return File.ReadAllBytes(path);
    }

    private static byte[] Damage(byte[] sound, Random random)
    {
        byte[] damaged = [.. sound];
        int from = random.Next(damaged.Length);
        switch (random.Next(5))
        {
            case 0:
                return damaged[..from];
            case 1:
                // The footer has no checksum: the hardest place.
                int tail = Math.Min(damaged.Length, 400);
                damaged[^random.Next(1, tail)] = (byte)random.Next(256);
                return damaged;
            case 2:
                for (int i = 0; i < 5; i++)
                {
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                }

                return damaged;
            case 3:
                damaged.AsSpan(from, Math.Min(random.Next(1, 2000), damaged.Length - from)).Clear();
                return damaged;
            default:
                damaged.AsSpan(from, Math.Min(random.Next(1, 50), damaged.Length - from)).Fill((byte)random.Next(256));
                return damaged;
        }
    }
}
