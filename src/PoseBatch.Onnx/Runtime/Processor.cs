namespace PoseBatch.Onnx.Runtime;

/// <summary>The machine's processor.</summary>
internal static class Processor
{
    /// <summary>Its model name as Linux gives it; empty when unknown.</summary>
    public static string Name()
    {
        try
        {
            string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
            return line is null ? "" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
