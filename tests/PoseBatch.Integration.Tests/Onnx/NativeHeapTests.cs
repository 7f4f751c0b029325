using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PoseBatch.Onnx.Interop;

namespace PoseBatch.Onnx;

public class NativeHeapTests
{
    private const int BlockBytes = 16 * 1024;

    [Fact]
    public void What_was_freed_between_blocks_in_use_goes_back_to_the_system()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && !RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal), "Only glibc keeps freed memory.");

        // Small enough not to be mapped one by one, and every 64th stays: glibc cannot just shorten its heap.
        const int Count = 4096, KeptEvery = 64;
        byte[] content = new byte[BlockBytes];
        Array.Fill(content, (byte)1);
        nint[] blocks = new nint[Count];
        for (int i = 0; i < Count; i++)
        {
            blocks[i] = Marshal.AllocHGlobal(BlockBytes);
            Marshal.Copy(content, 0, blocks[i], BlockBytes);
        }

        nint[] kept = [.. blocks.Where((_, i) => i % KeptEvery == 0)], freed = [.. blocks.Except(kept)];
        Assert.Equal(freed.Length, InMemory(freed));
        Array.ForEach(freed, Marshal.FreeHGlobal);
        NativeHeap.GiveBack();

        // Other tests may take some of it again at once.
        int left = InMemory(freed);
        Assert.True(left < freed.Length / 2, $"{left} of {freed.Length} freed blocks are still in memory.");
        Assert.Equal(kept.Length, InMemory(kept));
        Array.ForEach(kept, Marshal.FreeHGlobal);
    }

    /// <summary>How many of the blocks have their middle in memory, as the kernel's table of pages says (bit 63 of an entry).</summary>
    private static int InMemory(nint[] blocks)
    {
        using FileStream pages = new("/proc/self/pagemap", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        byte[] entry = new byte[8];
        return blocks.Count(block =>
        {
            pages.Position = (block + (BlockBytes / 2)) / Environment.SystemPageSize * entry.Length;
            pages.ReadExactly(entry);
            return BinaryPrimitives.ReadInt64LittleEndian(entry) < 0;
        });
    }
}
