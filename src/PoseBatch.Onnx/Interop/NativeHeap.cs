using System.Runtime.InteropServices;

namespace PoseBatch.Onnx.Interop;

/// <summary>How the C library of the process hands out memory to native code.</summary>
public static partial class NativeHeap
{
    // M_ARENA_MAX in malloc.h of glibc: most heaps that threads get of their own.
    private const int MostArenas = -8;

    /// <summary>
    /// One heap for all threads: with glibc's one per thread, what was freed in one is not used in another, and the process grows
    /// for hours (measured: 5 MB in 30 minutes of video). Does nothing with other C libraries.
    /// </summary>
    public static void ShareAmongThreads()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = mallopt(MostArenas, 1);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc.
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int mallopt(int parameter, int value);
}
