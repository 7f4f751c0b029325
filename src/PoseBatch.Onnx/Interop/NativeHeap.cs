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

    /// <summary>
    /// Returns memory that native code has freed to the system, now and again. The compiler of the runtime works for as long as
    /// new code becomes hot, which on long videos it does for minutes, and glibc keeps what it frees: without this a video of
    /// four hours held 7 MB more than one of 30 minutes. Does nothing with other C libraries.
    /// </summary>
    /// <param name="interval">How often. Once takes about a millisecond.</param>
    /// <returns>Dispose it to end it.</returns>
    public static IDisposable GiveBackEvery(TimeSpan interval) => new Timer(_ => GiveBack(), null, interval, interval);

    /// <summary>Returns memory that native code has freed to the system. Does nothing with C libraries other than glibc.</summary>
    public static void GiveBack()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc.
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int malloc_trim(nuint left);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int mallopt(int parameter, int value);
}
