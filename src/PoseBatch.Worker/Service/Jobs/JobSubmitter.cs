using PoseBatch.Jobs;
using PoseBatch.Worker.Catalogue;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// The one way into the store, whatever door a job came through (folder, job file, HTTP, command line): checks the paths
/// against the allowed roots, fills in the defaults, submits. A word such as <c>best</c> becomes the names of packages here, once and for
/// all: whatever is installed later, another attempt runs the same networks. Thread-safe.
/// </summary>
/// <param name="store">Receives the jobs.</param>
/// <param name="defaults">What the settings say where a job says nothing, but for its models.</param>
/// <param name="paths">Where sources and results may lie.</param>
/// <param name="mounts">Is told of the sources that are there.</param>
/// <param name="models">Which models jobs may name.</param>
/// <param name="words">What the words for models mean.</param>
internal sealed class JobSubmitter(IJobStore store, JobSpec defaults, PathPolicy paths, MountMonitor mounts, AllowedModels models, NamedModels words)
{
    /// <summary>Where sources and results may lie.</summary>
    public PathPolicy Paths => paths;

    /// <summary>Whether the disks and shares that they lie on are there.</summary>
    public MountMonitor Mounts => mounts;

    /// <summary>The way into a store as the settings say.</summary>
    public static JobSubmitter Open(IJobStore store, Settings settings)
    {
        string[] roots = settings.Inbox.Path.Length > 0 ? [.. settings.Jobs.Roots, settings.Inbox.Path] : [.. settings.Jobs.Roots];
        PathPolicy paths = new(roots, settings.Output.Root);
        return new(store, JobDefaults.Of(settings) with { Model = new() }, paths, new(paths), new(settings, roots), new(settings));
    }

    /// <summary>Checks and submits a job.</summary>
    /// <param name="job">Its spec as the user wrote it; defaults are filled in here.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobRefusedException">A path or a model leaves the allowed roots, or fields do not go together.</exception>
    /// <exception cref="JobStoreUnavailableException">The store cannot be reached now.</exception>
    public Task<JobSubmission> SubmitAsync(NewJob job, CancellationToken cancellation)
    {
        JobSpec spec = job.Spec with { Source = job.Spec.Source with { Path = paths.SourcePath(job.Spec.Source.Path) } };
        mounts.NoteSource(spec.Source.Path);
        paths.CheckOutput(spec.Output.Path);
        CheckExports(spec.Output.Exports);
        ModelChoice choice = words.Choose(spec.Model.Name, spec.Model.Detector);
        spec = spec with { Model = Named(spec.Model, choice) };
        CheckModels(spec.Model);
        spec = JobFields.Fill(spec, defaults);
        if (JobRules.SmoothsWithoutTracking(spec))
        {
            throw new JobRefusedException(
                "smoothing.method", $"{spec.Smoothing} follows each person over time, but tracking.enabled is false. Turn tracking on, or smoothing to none.");
        }

        return store.SubmitAsync(job with { Spec = spec, Note = choice.Reason }, cancellation);
    }

    /// <summary>What would refuse every job of that kind, whatever its source: the field and what is wrong; null for nothing.</summary>
    public string? ProblemOf(JobSpec spec)
    {
        try
        {
            paths.CheckOutput(spec.Output.Path);
            CheckExports(spec.Output.Exports);
            CheckModels(ModelsOf(spec));
            return null;
        }
        catch (JobRefusedException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>The models that a job would run with if it were submitted now.</summary>
    public JobModel ModelsOf(JobSpec spec) => Named(spec.Model, words.Choose(spec.Model.Name, spec.Model.Detector));

    /// <summary>Why a stored job may not run with its models, in words: since it was submitted a link or the roots have changed. Null when it may.</summary>
    public string? ModelProblemOf(JobSpec spec) => models.ProblemOf(spec.Model.Name) ?? models.ProblemOf(spec.Model.Detector);

    private static JobModel Named(JobModel asked, ModelChoice choice) => asked with { Name = choice.Name, Detector = choice.Detector };

    private static void CheckExports(IReadOnlyList<string> exports)
    {
        if (exports.FirstOrDefault(name => !JobExports.Names.Contains(name)) is { } unknown)
        {
            throw new JobRefusedException("output.exports", $"'{unknown}' is not known; known are {string.Join(", ", JobExports.Names)}.");
        }
    }

    private void CheckModels(JobModel named)
    {
        foreach ((string field, string? model) in new[] { ("model.name", named.Name), ("model.detector", named.Detector) })
        {
            if (models.ProblemOf(model) is { } problem)
            {
                throw new JobRefusedException(field, problem);
            }
        }
    }
}
