using System.Globalization;
using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Why queued jobs are not begun although there seems to be room, in words for the user.</summary>
internal static class WaitReason
{
    /// <summary>Videos that are decoded at once.</summary>
    public static int SlotsOf(Settings settings) =>
        settings.Jobs.Parallel > 0 ? settings.Jobs.Parallel : Math.Max(2, Environment.ProcessorCount + 1);

    /// <summary>What a service with these settings waits for, as far as the number of its jobs tells.</summary>
    /// <param name="settings">Of the service.</param>
    /// <param name="counts">Jobs of the store by status.</param>
    /// <returns>A sentence; null when nothing waits, or for nothing but an end of those that run.</returns>
    public static string? Of(Settings settings, IReadOnlyDictionary<JobStatus, long> counts)
    {
        int slots = SlotsOf(settings);
        return counts.GetValueOrDefault(JobStatus.Queued) > 0 && slots > 1 && Held(counts) == slots - 1
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{Held(counts)} of {slots} slots are taken, and the one that is free is kept for videos of up to {settings.Jobs.ShortSeconds:0.###} s (Jobs:ShortSeconds); longer ones, and those whose length is not known yet, wait for another slot.")
            : null;
    }

    /// <summary>The same, of the service itself: it also knows whether jobs can be run at all.</summary>
    /// <param name="parts">Of the service.</param>
    /// <param name="counts">Jobs of the store by status.</param>
    public static string? Of(ServiceParts parts, IReadOnlyDictionary<JobStatus, long> counts)
    {
        if (counts.GetValueOrDefault(JobStatus.Queued) == 0 || Held(counts) > 0)
        {
            return Of(parts.Settings, counts);
        }

        UnavailablePart? missing = parts.OutputTrouble() ?? parts.Readiness().Missing.FirstOrDefault(part => part.Part == "runtime");
        return missing is null ? null : $"No job is begun: {missing.Message} {missing.Advice}".TrimEnd();
    }

    private static long Held(IReadOnlyDictionary<JobStatus, long> counts) => counts.Where(one => one.Key.IsHeld()).Sum(one => one.Value);
}
