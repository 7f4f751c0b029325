using System.Reflection;
using System.Runtime.InteropServices;
using PoseBatch.Jobs;

namespace PoseBatch.Parquet.Interop;

/// <summary>The system's libzstd: one-shot compression only.</summary>
internal static unsafe partial class LibZstd
{
    private const string Library = "zstd";

    // Resolved once for the assembly; the names are those of Linux, macOS and Windows packages.
    private static readonly string[] Candidates = ["libzstd.so.1", "libzstd.1.dylib", "libzstd.dll", "zstd.dll"];

    static LibZstd() => NativeLibrary.SetDllImportResolver(typeof(LibZstd).Assembly, Resolve);

    /// <summary>Whether the library loads on this machine.</summary>
    public static bool IsAvailable { get; } = TryLoad(out _);

    [LibraryImport(Library)]
    public static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    public static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_compressBound(nuint sourceSize);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_compressCCtx(
        SafeHandle context, byte* destination, nuint capacity, byte* source, nuint sourceSize, int level);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_decompressDCtx(
        SafeHandle context, byte* destination, nuint capacity, byte* source, nuint sourceSize);

    [LibraryImport(Library)]
    public static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial nint ZSTD_getErrorName(nuint code);

    public static string ErrorName(nuint code) => Marshal.PtrToStringUTF8(ZSTD_getErrorName(code)) ?? "unknown";

    private static bool TryLoad(out nint handle)
    {
        foreach (string candidate in Candidates)
        {
            if (NativeLibrary.TryLoad(candidate, out handle))
            {
                return true;
            }
        }

        handle = 0;
        return false;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Library && TryLoad(out nint handle) ? handle : 0;
}

/// <summary>Owns a compression context.</summary>
internal sealed class ZstdCompressionHandle : SafeHandle
{
    public ZstdCompressionHandle()
        : base(0, ownsHandle: true)
    {
        SetHandle(LibZstd.ZSTD_createCCtx());
        if (IsInvalid)
        {
            throw new PoseBatchException(ReasonCode.OutOfMemory, "libzstd has no memory for a compression context.");
        }
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibZstd.ZSTD_freeCCtx(handle);
        return true;
    }
}

/// <summary>Owns a decompression context.</summary>
internal sealed class ZstdDecompressionHandle : SafeHandle
{
    public ZstdDecompressionHandle()
        : base(0, ownsHandle: true)
    {
        SetHandle(LibZstd.ZSTD_createDCtx());
        if (IsInvalid)
        {
            throw new PoseBatchException(ReasonCode.OutOfMemory, "libzstd has no memory for a decompression context.");
        }
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibZstd.ZSTD_freeDCtx(handle);
        return true;
    }
}
