using Microsoft.ML.OnnxRuntime;
using PoseBatch.Onnx.Interop;

namespace PoseBatch.Onnx.Runtime;

/// <summary>How serious ONNX Runtime finds a line of its log.</summary>
public enum OrtLogLevel
{
    /// <summary>Details.</summary>
    Verbose,

    /// <summary>Facts.</summary>
    Information,

    /// <summary>Something is not as it should be.</summary>
    Warning,

    /// <summary>Something failed; usually an exception follows.</summary>
    Error,

    /// <summary>Nothing works any more.</summary>
    Fatal,
}

/// <summary>One line of ONNX Runtime's log.</summary>
/// <param name="Level">How serious.</param>
/// <param name="Location">File, line and function inside ONNX Runtime.</param>
/// <param name="Message">The text.</param>
public sealed record OrtLogLine(OrtLogLevel Level, string Location, string Message);

/// <summary>The one ONNX Runtime environment of the process: its version and its log.</summary>
public static class OrtRuntime
{
    private static readonly Lock Gate = new();
    private static volatile Action<OrtLogLine>? _log;
    private static OrtEnv? _environment;

    /// <summary>
    /// Receives warnings and errors of ONNX Runtime, on whatever thread they arise; null (default) drops them. They never reach
    /// the process's own streams. One for the process, as ONNX Runtime has one log.
    /// </summary>
    public static Action<OrtLogLine>? Log
    {
        get => _log;
        set => _log = value;
    }

    /// <summary>For example <c>ONNX Runtime 1.31.1</c>.</summary>
    /// <exception cref="PoseBatchException">provider_unavailable: the native library cannot be loaded.</exception>
    public static string Version => $"ONNX Runtime {Environment().GetVersionString()}";

    /// <summary>The providers the native library was built with, by ONNX Runtime's names.</summary>
    internal static string[] CompiledProviders() => Environment().GetAvailableProviders();

    /// <summary>
    /// Makes the environment on first use, before anything else of ONNX Runtime: later, neither its log could be had nor its
    /// reports to its makers be prevented.
    /// </summary>
    internal static OrtEnv Environment()
    {
        lock (Gate)
        {
            try
            {
                return _environment ??= Create();
            }
            catch (Exception fault) when (OrtFailures.IsMissingLibrary(fault))
            {
                throw new PoseBatchException(
                    ReasonCode.ProviderUnavailable,
                    $"ONNX Runtime's native library cannot be loaded: {OrtFailures.InnermostMessage(fault)}",
                    "libonnxruntime.so belongs beside the posebatch program; build again, or see with ORT_LOADER_VERBOSITY=1 where it is sought.",
                    fault);
            }
        }
    }

    private static OrtEnv Create()
    {
        // Since 1.29 it reports to its makers from Linux, too, and keeps files in the home and the temporary folder. This is read when
        // the library is loaded, which what follows does.
        NativeEnvironment.Set("ORT_DISABLE_TELEMETRY", "1");
        OrtEnv environment = CreateOrFind();
        environment.DisableTelemetryEvents();
        return environment;
    }

    private static OrtEnv CreateOrFind()
    {
        if (OrtEnv.IsCreated)
        {
            return OrtEnv.Instance();
        }

        EnvironmentCreationOptions options = new()
        {
            logId = "posebatch",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
            loggingFunction = Receive,
        };
        return OrtEnv.CreateInstanceWithOptions(ref options);
    }

    private static void Receive(nint parameter, OrtLoggingLevel level, string category, string logId, string location, string message)
    {
        try
        {
            _log?.Invoke(new OrtLogLine((OrtLogLevel)(int)level, location, message));
        }
        catch (Exception)
        {
            // An exception must not unwind through native frames: it would end the process. A lost log line is the lesser harm.
        }
    }
}
