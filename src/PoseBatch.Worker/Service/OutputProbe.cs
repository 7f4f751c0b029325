using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service;

/// <summary>Whether results can be written now, found out by writing.</summary>
internal static class OutputProbe
{
    /// <summary>Makes the output root if it is missing, and writes and removes a small hidden file in it.</summary>
    /// <returns>What is in the way, or null.</returns>
    public static MissingPart? Try(string outputRoot)
    {
        string probe = Path.Combine(outputRoot, $".posebatch-ready-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(outputRoot);
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            TryDelete(probe);
            return new(
                "output", ReasonCode.DiskFull, $"Results cannot be written: {fault.Message}", "Free some space, or let Output:Root be a folder this user may write to.");
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It was never made.
        }
    }
}
