using System.Security.Cryptography;
using PoseBatch.Results.Format;
using PoseBatch.Tables;

namespace PoseBatch.Results;

public class SourceFingerprintTests
{
    private const int Block = 65_536;

    [Fact]
    public void Of_a_long_file_the_size_and_sixty_four_blocks_are_hashed()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[(100 * Block) + 12_345];
        new Random(4).NextBytes(bytes);
        string path = folder["v.mp4"];
        File.WriteAllBytes(path, bytes);

        List<byte> hashed = [.. BitConverter.GetBytes((long)bytes.Length)];
        for (long i = 0; i < 64; i++)
        {
            hashed.AddRange(bytes.AsSpan((int)(i * (bytes.Length - Block) / 63), Block));
        }

        SourceIdentity identity = SourceFingerprint.Fast(path);
        Assert.Equal("fast-sha256", identity.Method);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(hashed.ToArray())), identity.Value);
        Assert.Equal(new("sha256", Convert.ToHexStringLower(SHA256.HashData(bytes))), SourceFingerprint.Full(path, CancellationToken.None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block)]
    [InlineData((64 * Block) - 1)]
    public void A_short_file_is_hashed_whole(int size)
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[size];
        new Random(4).NextBytes(bytes);
        string path = folder["v.mp4"];
        File.WriteAllBytes(path, bytes);
        byte[] hashed = [.. BitConverter.GetBytes((long)size), .. bytes];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(hashed)), SourceFingerprint.Fast(path).Value);
    }

    [Fact]
    public void A_changed_first_or_last_byte_changes_the_identity()
    {
        using TemporaryFolder folder = new();
        string path = folder["v.mp4"];
        byte[] bytes = new byte[10_000_000];
        HashSet<string> seen = [];
        foreach (int place in new[] { -1, 0, bytes.Length - 1 })
        {
            byte[] changed = [.. bytes];
            if (place >= 0)
            {
                changed[place] = 1;
            }

            File.WriteAllBytes(path, changed);
            Assert.True(seen.Add(SourceFingerprint.Fast(path).Value));
        }
    }

    [Fact]
    public void A_missing_file_is_source_missing()
    {
        Assert.Equal(ReasonCode.SourceMissing, Assert.Throws<PoseBatchException>(() => SourceFingerprint.Fast("/nowhere/v.mp4")).Reason);
        Assert.Equal(ReasonCode.SourceMissing, Assert.Throws<PoseBatchException>(() => SourceFingerprint.Full("/nowhere/v.mp4", default)).Reason);
        Assert.Equal(ReasonCode.SourceMissing, Assert.Throws<PoseBatchException>(() => SourceFingerprint.Fast(Path.GetTempPath())).Reason);
    }

    [Fact]
    public void A_large_file_gives_a_sign_of_life_with_every_mebibyte()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[(2 << 20) + 1]);
            int moves = 0;

            SourceFingerprint.Full(path, TestContext.Current.CancellationToken, () => moves++);

            Assert.Equal(3, moves);   // two whole blocks and the last byte
        }
        finally
        {
            File.Delete(path);
        }
    }
}
