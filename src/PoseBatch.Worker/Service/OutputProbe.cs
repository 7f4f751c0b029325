using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service;

/// <summary>Whether results can be written now, found out by writing.</summary>
internal static class OutputProbe
{
    // A disk that has less left than that is full for every result.
    private const int ProbeBytes = 1 << 16;

    /// <summary>Makes the output root if it is missing, and writes and removes a small hidden file in it.</summary>
    /// <returns>What is in the way, or null.</returns>
    public static MissingPart? Try(JobDesk desk)
    {
        if (desk.WhyOutputIsAway() is { } away)
        {
            return away;
        }

        string outputRoot = desk.OutputRoot;
        string probe = Path.Combine(outputRoot, $".posebatch-ready-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(outputRoot);
            File.WriteAllBytes(probe, new byte[ProbeBytes]);
            File.Delete(probe);
            return desk.WhyOutputIsAway();   // what the root lies on is known from now on
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
