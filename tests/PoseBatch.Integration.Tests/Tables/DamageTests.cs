using PoseBatch.Parquet;

namespace PoseBatch.Tables;

public class DamageTests
{
    /// <summary>Flips bytes, cuts and swaps; the reader either says what is wrong or returns rows, and always ends.</summary>
    [Fact]
    public void A_damaged_file_gives_an_error_in_words_and_never_anything_else()
    {
        using TemporaryFolder folder = new();
        int refused = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            Random random = new(seed);
            byte[] sound = Write(folder[$"{seed}.parquet"], random);
            for (int attempt = 0; attempt < 60; attempt++)
            {
                string path = folder["damaged.parquet"];
                File.WriteAllBytes(path, Damage(sound, random));
                refused += IsRefused(path) ? 1 : 0;
            }
        }

        Assert.True(refused > 1500, $"Only {refused} of 2400 damaged files were refused.");
    }

    /// <summary>Data pages have checksums: there, no damage passes.</summary>
    [Fact]
    public void A_flipped_bit_in_the_data_of_a_page_is_always_found()
    {
        using TemporaryFolder folder = new();
        TableSchema schema = new("t", [new("x", ColumnType.Float, false, "", "")]);
        TableBlock block = new(schema);
        RandomTable.Fill(block, 2000, new Random(9));
        string path = folder["t.parquet"];
        using (ParquetFileWriter writer = new(path, schema, new()))
        {
            writer.WriteRowGroup(block);
            writer.Finish([]);
        }

        byte[] sound = File.ReadAllBytes(path);
        using (ParquetFileReader reader = new(path))
        {
            Assert.True(reader.RowGroups[0].Columns[0].CompressedSize > 1000);
        }

        Random random = new(1);
        for (int attempt = 0; attempt < 300; attempt++)
        {
            byte[] damaged = [.. sound];
            damaged[random.Next(100, 1000)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, damaged);
            Assert.True(IsRefused(path));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAR1")]
    [InlineData("This is a text and not a table at all.")]
    [InlineData("PAR1....PAR1")]
    public void What_is_no_table_is_called_so(string content)
    {
        using TemporaryFolder folder = new();
        string path = folder["t.parquet"];
        File.WriteAllText(path, content);
        ParquetFormatException fault = Assert.Throws<ParquetFormatException>(() => new ParquetFileReader(path));
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
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
        switch (random.Next(4))
        {
            case 0:
                return damaged[..random.Next(damaged.Length)];
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
            default:
                int from = random.Next(damaged.Length);
                damaged.AsSpan(from, Math.Min(random.Next(1, 50), damaged.Length - from)).Fill((byte)random.Next(256));
                return damaged;
        }
    }
}
