using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace PoseBatch.Onnx.Runtime;

/// <summary>Reads ONNX Runtime's exceptions: its error code is only to be had as text at the start of the message.</summary>
internal static partial class OrtFailures
{
    private const int LongestWords = 600;

    private static readonly string[] ModelCodes = ["NoModel", "InvalidProtobuf", "InvalidGraph", "NoSuchFile"];
    private static readonly string[] MemoryWords = ["out of memory", "bad_alloc", "Failed to allocate memory", "CUDA_ERROR_OUT_OF_MEMORY"];
    private static readonly string[] DeviceWords =
        ["CUDA failure", "CUDNN failure", "CUBLAS failure", "cudaError", "CUDA error", "TensorRT EP"];

    /// <summary>What a provider that cannot be had may throw when it is appended or when the session is made.</summary>
    public static bool IsProviderFault(Exception fault) =>
        fault is OnnxRuntimeException or EntryPointNotFoundException || IsMissingLibrary(fault);

    public static bool IsMissingLibrary(Exception fault) =>
        fault is DllNotFoundException or BadImageFormatException
        || (fault is TypeInitializationException { InnerException: { } inner } && IsMissingLibrary(inner));

    /// <summary>Whether the file, not the provider, is at fault.</summary>
    public static bool IsModelFault(Exception fault) =>
        fault is OnnxRuntimeException && ModelCodes.Any(code => fault.Message.StartsWith($"[ErrorCode:{code}]", StringComparison.Ordinal));

    public static bool IsOutOfMemory(Exception fault) =>
        fault is OutOfMemoryException || (fault is OnnxRuntimeException && Contains(fault.Message, MemoryWords));

    /// <summary>The exception of a run that failed after the warm-up had gone well.</summary>
    public static PoseBatchException OfRun(OnnxRuntimeException fault, string model, string provider, int batch)
    {
        if (IsOutOfMemory(fault))
        {
            return new(
                ReasonCode.OutOfMemory,
                $"Model '{model}' ran out of memory on {provider} with a batch of {batch}: {Words(fault)}",
                "Choose a smaller batch or fewer workers.",
                fault);
        }

        bool isDevice = provider != ExecutionProviders.CpuName && Contains(fault.Message, DeviceWords);
        ReasonCode reason = isDevice ? ReasonCode.DeviceLost : ReasonCode.Internal;
        return new(reason, $"Model '{model}' failed on {provider}: {Words(fault)}", cause: fault);
    }

    /// <summary>The message on one line, without the places in ONNX Runtime's own source, and not without end.</summary>
    public static string Words(Exception fault)
    {
        string words = string.Join(' ', InnermostMessage(fault).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        words = Preamble().Replace(words, "");
        return words.Length <= LongestWords ? words : $"{words.AsSpan(0, LongestWords)}...";
    }

    public static string InnermostMessage(Exception fault) => fault.GetBaseException().Message;

    private static bool Contains(string text, string[] words) => words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"^\[ErrorCode:\w+\] (.*?\[ONNXRuntimeError\] : \d+ : \w+ : )?", RegexOptions.CultureInvariant)]
    private static partial Regex Preamble();
}
