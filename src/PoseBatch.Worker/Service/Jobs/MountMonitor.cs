using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Whether the disks and shares that sources and results lie on are still there. Thread-safe.</summary>
/// <param name="paths">Knows where they may lie; what their roots lie on now is noted.</param>
internal sealed class MountMonitor(PathPolicy paths)
{
    private readonly SeenMounts _sources = new(paths.Roots);
    private readonly SeenMounts _outputs = new([paths.OutputRoot]);

    /// <summary>Notes that a job's source is there, and what it lies on.</summary>
    public void NoteSource(string path) => _sources.Note(path);

    /// <summary>Why a source that cannot be reached may come back by itself, in words: its disk or share is away. Null when it is not.</summary>
    public string? WhySourceIsAway(string path) => _sources.WhyAway(path);

    /// <summary>
    /// Why nothing may be written for a job now although it could: what its results lie on is not mounted any more, and they would
    /// lie beneath. Null, and what they lie on is noted, when all is as it was.
    /// </summary>
    /// <param name="spec">The job; null for the output root itself.</param>
    public UnavailablePart? WhyOutputIsAway(JobSpec? spec = null)
    {
        string folder = spec is null ? paths.OutputRoot : paths.OutputFolder(spec);
        if (_outputs.WhyUnmounted(folder) is { } away)
        {
            return new(
                "output", ReasonCode.DiskFull, $"Results cannot be written to '{folder}': {away}",
                "Mount it, and work goes on by itself. If results shall lie in the folder beneath from now on, start the service again.");
        }

        _outputs.Note(folder);
        return null;
    }

    /// <summary>Refuses to write a job's results beneath a mount that went away.</summary>
    /// <exception cref="PoseBatchException">disk_full.</exception>
    public void RequireOutput(JobSpec spec)
    {
        if (WhyOutputIsAway(spec) is { } away)
        {
            throw new PoseBatchException(away.Reason, away.Message, away.Advice);
        }
    }
}
