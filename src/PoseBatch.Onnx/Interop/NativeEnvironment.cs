using System.Runtime.InteropServices;

namespace PoseBatch.Onnx.Interop;

/// <summary>The environment variables that native libraries of the process see; .NET's own setter changes a copy of them.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable for what reads it from now on. Not for values that other threads may be reading.</summary>
    public static void Set(string name, string value)
    {
        // For child processes, and for Windows, where native code sees it.
        Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows() && setenv(name, value, 1) != 0)
        {
            throw new InvalidOperationException($"{name} cannot be set in the environment of this process.");
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setenv(string name, string value, int overwrite);
}
