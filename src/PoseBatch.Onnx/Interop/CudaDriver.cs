using System.Runtime.InteropServices;
using System.Text;

namespace PoseBatch.Onnx.Interop;

/// <summary>Asks the NVIDIA driver, where there is one, for its devices. Loads nothing else of CUDA.</summary>
internal static unsafe class CudaDriver
{
    public const string Library = "libcuda.so.1";

    private const int Success = 0;
    private const int NameLength = 256;

    /// <summary>Why device <paramref name="deviceId"/> cannot be used, in plain words; null when it can.</summary>
    public static string? DeviceProblem(int deviceId)
    {
        (IReadOnlyList<string> names, string? problem) = Ask();
        return problem ?? (deviceId < names.Count ? null : $"the NVIDIA driver knows {names.Count} device(s), there is no device {deviceId}");
    }

    /// <summary>The devices by number; empty when there is no driver or no device.</summary>
    public static IReadOnlyList<string> DeviceNames() => Ask().Names;

    private static (IReadOnlyList<string> Names, string? Problem) Ask()
    {
        if (!NativeLibrary.TryLoad(Library, out nint library))
        {
            return ([], $"missing library {Library}");
        }

        // Never freed: ONNX Runtime may be using the driver, and freeing it after cuInit is not supported.
        if (!NativeLibrary.TryGetExport(library, "cuInit", out nint init)
            || !NativeLibrary.TryGetExport(library, "cuDeviceGetCount", out nint getCount)
            || !NativeLibrary.TryGetExport(library, "cuDeviceGet", out nint get)
            || !NativeLibrary.TryGetExport(library, "cuDeviceGetName", out nint getName))
        {
            return ([], $"{Library} is no NVIDIA driver library");
        }

        int error = ((delegate* unmanaged<uint, int>)init)(0);
        int count = 0;
        if (error != Success || (error = ((delegate* unmanaged<int*, int>)getCount)(&count)) != Success)
        {
            return ([], error == 100 ? "the NVIDIA driver finds no device" : $"the NVIDIA driver refuses to start (CUDA error {error})");
        }

        List<string> names = [];
        byte* name = stackalloc byte[NameLength];
        for (int ordinal = 0; ordinal < count; ordinal++)
        {
            int device = 0;
            bool isKnown = ((delegate* unmanaged<int*, int, int>)get)(&device, ordinal) == Success
                && ((delegate* unmanaged<byte*, int, int, int>)getName)(name, NameLength, device) == Success;
            names.Add(isKnown ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)) : "NVIDIA device");
        }

        return names.Count > 0 ? (names, null) : (names, "the NVIDIA driver finds no device");
    }
}
