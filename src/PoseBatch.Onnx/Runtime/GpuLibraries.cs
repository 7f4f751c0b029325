using System.Globalization;
using PoseBatch.Onnx.Interop;

namespace PoseBatch.Onnx.Runtime;

/// <summary>The libraries of NVIDIA that a provider needs.</summary>
/// <param name="Names">File names, the driver's first: without it nothing else matters, and it is what a machine without a GPU lacks.</param>
/// <param name="Products">What brings them, with major versions, for example <c>CUDA 13 and cuDNN 9</c>.</param>
internal sealed record GpuLibraries(IReadOnlyList<string> Names, string Products)
{
    private const string CudaRuntime = "libcudart.so.";

    // ONNX Runtime opens cuDNN while it runs; the file of the CUDA provider does not name it.
    private const string CuDnn = "libcudnn.so.";
    private const int CuDnnVersion = 9;

    /// <summary>Those of a provider.</summary>
    /// <param name="needed">What the provider's own file names; empty when there is no such file.</param>
    public static GpuLibraries Of(IReadOnlyList<string> needed)
    {
        string cuDnn = string.Create(CultureInfo.InvariantCulture, $"{CuDnn}{CuDnnVersion}");
        string[] names = [.. new[] { CudaDriver.Library }.Concat(needed.Where(IsOfVendor)).Append(cuDnn).Distinct()];
        string cuda = names.FirstOrDefault(name => name.StartsWith(CudaRuntime, StringComparison.Ordinal)) is { } runtime
            ? $"CUDA {runtime[CudaRuntime.Length..]}"
            : "CUDA";
        return new(names, string.Create(CultureInfo.InvariantCulture, $"{cuda} and cuDNN {CuDnnVersion}"));
    }

    /// <summary>Says in plain words which of them are missing.</summary>
    public string Lack(IReadOnlyList<string> missing) =>
        $"missing {(missing.Count == 1 ? "library" : "libraries")} {string.Join(", ", missing)} (it needs {Products})";

    private static bool IsOfVendor(string name) =>
        name.StartsWith("libcu", StringComparison.Ordinal) || name.StartsWith("libnv", StringComparison.Ordinal);
}
