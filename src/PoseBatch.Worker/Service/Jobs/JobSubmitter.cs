using System.Text;
using PoseBatch.Jobs;
using PoseBatch.Results.Writing;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// The one way into the store, whatever door a job came through (folder, job file, HTTP, command line): checks the paths
/// against the allowed roots, fills in the defaults, submits. Thread-safe.
/// </summary>
internal sealed class JobSubmitter(IJobStore store, JobSpec defaults, IReadOnlyList<string> roots, string outputRoot, AllowedModels models)
{
    // Of ext4, XFS, Btrfs, NTFS and most others, in bytes.
    private const int LongestName = 255;

    private readonly SeenMounts _mounts = new(roots);
    private readonly SeenMounts _outputMounts = new([outputRoot]);

    /// <summary>Desk of a service with these settings.</summary>
    public static JobSubmitter Open(IJobStore store, Settings settings)
    {
        IEnumerable<string> roots = settings.Jobs.Roots;
        if (settings.Inbox.Path.Length > 0)
        {
            roots = roots.Append(settings.Inbox.Path);
        }

        string[] allowed = [.. roots];
        return new(store, JobDefaults.Of(settings), allowed, settings.Output.Root, new(settings, allowed));
    }

    /// <summary>Folder of all results, absolute.</summary>
    public string OutputRoot { get; } = Path.GetFullPath(outputRoot);

    /// <summary>Checks and submits a job.</summary>
    /// <param name="job">Its spec as the user wrote it; defaults are filled in here.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobRefusedException">A path or a model leaves the allowed roots, or fields do not go together.</exception>
    /// <exception cref="JobStoreUnavailableException">The store cannot be reached now.</exception>
    public Task<JobSubmission> SubmitAsync(NewJob job, CancellationToken cancellation)
    {
        JobSpec spec = job.Spec with { Source = job.Spec.Source with { Path = SourcePath(job.Spec.Source.Path) } };
        _mounts.Note(spec.Source.Path);
        CheckOutput(spec.Output.Path);
        CheckExports(spec.Output.Exports);
        CheckModels(spec);
        spec = JobFields.Fill(spec, defaults);
        if (JobRules.SmoothsWithoutTracking(spec))
        {
            throw new JobRefusedException(
                "smoothing.method", $"{spec.Smoothing} follows each person over time, but tracking.enabled is false. Turn tracking on, or smoothing to none.");
        }

        return store.SubmitAsync(job with { Spec = spec }, cancellation);
    }

    /// <summary>What would refuse every job of that kind, whatever its source: the field and what is wrong; null for nothing.</summary>
    public string? ProblemOf(JobSpec spec)
    {
        try
        {
            CheckOutput(spec.Output.Path);
            CheckExports(spec.Output.Exports);
            CheckModels(spec);
            return null;
        }
        catch (JobRefusedException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>The absolute path of a source within the allowed roots. The file need not exist: then the job says so when it runs.</summary>
    /// <exception cref="JobRefusedException">It lies elsewhere, or a link in it leads elsewhere.</exception>
    public string SourcePath(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new JobRefusedException("source.path", "must name a file.");
        }

        try
        {
            // A relative path is looked for root by root; where none has it, the first root's name for it goes on.
            string[] places = Path.IsPathRooted(path) ? [path] : [.. roots.Select(root => Path.Combine(root, path))];
            string? inside = null, unseen = null;
            bool leadsElsewhere = false;
            foreach (string place in places)
            {
                string real = RealPath.Of(place);
                if (roots.Any(root => RealPath.IsWithin(real, RealPath.Of(root))))
                {
                    inside ??= Path.GetFullPath(place);
                    unseen ??= OutOfReach.Why(place) is null ? null : Path.GetFullPath(place);
                    if (File.Exists(place))
                    {
                        return Path.GetFullPath(place);
                    }
                }
                else
                {
                    leadsElsewhere |= File.Exists(place);
                }
            }

            // Of the roots that do not show it, the one that nobody can look into may have it.
            return inside is not null && !leadsElsewhere ? unseen ?? inside : throw new JobRefusedException(
                "source.path",
                $"'{path}' lies outside the allowed roots ({string.Join(", ", roots.Select(Path.GetFullPath))}). Move it there, or add its folder to Jobs:Roots.");
        }
        catch (IOException circle)
        {
            throw new JobRefusedException("source.path", circle.Message);
        }
    }

    /// <summary>Why a stored job may not run with its models, in words: since it was submitted a link or the roots have changed. Null when it may.</summary>
    public string? ModelProblemOf(JobSpec spec) => models.ProblemOf(spec.Model.Name) ?? models.ProblemOf(spec.Model.Detector);

    /// <summary>Notes that a job's source is there, and what it lies on.</summary>
    public void NoteSource(string path) => _mounts.Note(path);

    /// <summary>Why a source that cannot be reached may come back by itself, in words: its disk or share is away. Null when it is not.</summary>
    public string? WhySourceIsAway(string path) => _mounts.WhyAway(path);

    /// <summary>The folder that receives a job's result folder.</summary>
    public string OutputFolder(JobSpec spec) => spec.Output.Path is { Length: > 0 } below ? Path.Combine(OutputRoot, below) : OutputRoot;

    /// <summary>
    /// Why nothing may be written for a job now although it could: what its results lie on is not mounted any more, and they would
    /// lie beneath. Null, and what they lie on is noted, when all is as it was.
    /// </summary>
    /// <param name="spec">The job; null for the output root itself.</param>
    public UnavailablePart? WhyOutputIsAway(JobSpec? spec = null)
    {
        string folder = spec is null ? OutputRoot : OutputFolder(spec);
        if (_outputMounts.WhyUnmounted(folder) is { } away)
        {
            return new(
                "output", ReasonCode.DiskFull, $"Results cannot be written to '{folder}': {away}",
                "Mount it, and work goes on by itself. If results shall lie in the folder beneath from now on, start the service again.");
        }

        _outputMounts.Note(folder);
        return null;
    }

    /// <summary>The absolute path of a result's folder, or null when it is gone or, through a link or otherwise, not below the output root.</summary>
    public string? ResultFolder(string path)
    {
        string full = Path.GetFullPath(Path.Combine(OutputRoot, path));
        try
        {
            return Directory.Exists(full) && RealPath.IsWithin(RealPath.Of(full), RealPath.Of(OutputRoot)) ? full : null;
        }
        catch (IOException)
        {
            return null;   // links in a circle
        }
    }

    private static void CheckExports(IReadOnlyList<string> exports)
    {
        if (exports.FirstOrDefault(name => !JobExports.Names.Contains(name)) is { } unknown)
        {
            throw new JobRefusedException("output.exports", $"'{unknown}' is not known; known are {string.Join(", ", JobExports.Names)}.");
        }
    }

    private void CheckModels(JobSpec spec)
    {
        foreach ((string field, string? model) in new[] { ("model.name", spec.Model.Name), ("model.detector", spec.Model.Detector) })
        {
            if (models.ProblemOf(model) is { } problem)
            {
                throw new JobRefusedException(field, problem);
            }
        }
    }

    private void CheckOutput(string? path)
    {
        if (path is null)
        {
            return;
        }

        string real, root;
        try
        {
            (real, root) = (RealPath.Of(Path.Combine(OutputRoot, path)), RealPath.Of(OutputRoot));
        }
        catch (Exception circle) when (circle is IOException or ArgumentException)
        {
            throw new JobRefusedException("output.path", circle.Message);
        }

        if (Path.IsPathRooted(path) || !RealPath.IsWithin(real, root))
        {
            throw new JobRefusedException("output.path", $"'{path}' must be a folder below the output root, written relative to it.");
        }

        string[] names = Path.GetRelativePath(root, real).Split(Path.DirectorySeparatorChar);
        if (names.Contains(ParquetResultStore.WorkFolderName))
        {
            throw new JobRefusedException("output.path", $"'{path}' leads into {ParquetResultStore.WorkFolderName}, where results in work lie until they are complete. Name another folder.");
        }

        if (names.FirstOrDefault(name => Encoding.UTF8.GetByteCount(name) > LongestName) is { } tooLong)
        {
            throw new JobRefusedException("output.path", $"'{tooLong}' is too long for the name of a folder: it has {Encoding.UTF8.GetByteCount(tooLong)} bytes, and {LongestName} is the most.");
        }
    }
}
