using Microsoft.ML.OnnxRuntime;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Onnx;

/// <summary>
/// Sessions of ONNX Runtime beside PoseBatch. Whoever opens the first one of a process makes its environment, and only PoseBatch's has
/// the log and no telemetry: so it comes first.
/// </summary>
internal static class PlainSession
{
    public static InferenceSession Open(byte[] onnx)
    {
        Assert.StartsWith("ONNX Runtime ", OrtRuntime.Version, StringComparison.Ordinal);
        return new(onnx);
    }

    public static InferenceSession Open(string path, SessionOptions options)
    {
        Assert.StartsWith("ONNX Runtime ", OrtRuntime.Version, StringComparison.Ordinal);
        return new(path, options);
    }
}
