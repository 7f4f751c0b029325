using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// The folder for job files: takes every <c>*.json</c> dropped into it, hands it to the submitter and puts it into
/// <c>accepted/</c>; what is refused stays beside as <c>NAME.error.json</c> with the reason and the original text.
/// </summary>
/// <remarks>
/// A file is taken by a rename into a hidden folder, so that two programs never take the same one. What a crash leaves there
/// is submitted at the next start; name, content and time make its idempotency key, so nothing is submitted twice.
/// </remarks>
internal sealed class JobFolder : BackgroundService
{
    private const string Taken = ".taken";
    private const string Accepted = "accepted";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly JobSubmitter _submitter;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly string _root;
    private readonly string _taken;
    private readonly JobFileStability _stability;
    private readonly JobFileRefusal _refusal;
    private readonly TroubleLog _troubles;
    private bool _isMade;

    /// <summary>A folder as <c>Jobs:Folder</c> says; with an empty path there is nothing to do.</summary>
    public JobFolder(JobSubmitter submitter, Settings settings, ILogger logger, TimeProvider clock)
    {
        (_submitter, _logger, _clock) = (submitter, logger, clock);
        _root = settings.Jobs.Folder.Length > 0 ? Path.GetFullPath(settings.Jobs.Folder) : string.Empty;
        _taken = Path.Combine(_root, Taken);
        _stability = new(clock);
        _refusal = new(_root, _taken);
        _troubles = new(trouble => IntakeLog.JobFolderTrouble(logger, trouble), () => IntakeLog.JobFolderTroubleOver(logger));
    }

    /// <summary>Tells who writes to a file.</summary>
    internal Func<string, Writers> WritersOf { get; init; } = WriterProbe.Of;

    /// <summary>What stands in the way now, in words; empty when all is well.</summary>
    internal IReadOnlyCollection<string> Troubles => _troubles.Current;

    /// <summary>Looks once and takes whatever is whole.</summary>
    internal async Task ScanAsync(CancellationToken cancellation)
    {
        List<string> troubles = [];
        try
        {
            Prepare();
            _refusal.SweepDrafts(_clock.GetUtcNow());
            troubles.AddRange(JobFileNames.GarbledIn(_root)
                .Select(name => $"'{name}' in '{_root}' has a name that is not valid UTF-8 and cannot be taken. Rename it."));
            foreach (string name in JobFileNames.In(_root))
            {
                if (IsWhole(name, troubles))
                {
                    AtomicMove.Into(_taken, name, Path.Combine(_root, name));
                }
            }

            foreach (string name in JobFileNames.In(_taken))
            {
                try
                {
                    await SubmitAsync(name, cancellation);
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    troubles.Add($"'{name}' cannot be worked on: {failure.Message} It is tried again.");   // the others go on
                }
            }
        }
        catch (JobStoreUnavailableException away)
        {
            troubles.Add($"The job store cannot be reached: {away.Message} Job files wait.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            troubles.Add($"'{_root}' cannot be worked on: {failure.Message} Work goes on by itself when it can.");
        }

        _troubles.Say(troubles);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_root.Length == 0)
        {
            return;
        }

        await Task.Yield();
        try
        {
            while (true)
            {
                try
                {
                    await ScanAsync(stoppingToken);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    IntakeLog.Fault(_logger, fault, "Job folder");
                }

                await Task.Delay(Interval, _clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop: what is in the hidden folder is submitted at the next start.
        }
    }

    /// <exception cref="IOException">Nothing can be taken now.</exception>
    private void Prepare()
    {
        if (OutOfReach.Why(_root) is { } why)
        {
            throw new IOException($"{why}.");
        }

        if (File.Exists(_root))
        {
            throw new IOException("it is a file. Move it away, or change Jobs:Folder.");
        }

        if (!_isMade)
        {
            Directory.CreateDirectory(_root);
            _isMade = true;
        }

        if (!Directory.Exists(_root))
        {
            // A share that went away: made again, it would hide the mount.
            throw new DirectoryNotFoundException("it is not there; see whether its disk or share is mounted.");
        }

        Directory.CreateDirectory(_taken);
    }

    private bool IsWhole(string name, List<string> troubles)
    {
        string path = Path.Combine(_root, name);
        if (FileFacts.Of(path) is not { } facts)
        {
            return false;   // gone again
        }

        try
        {
            bool isJson = facts.Size <= JobJson.MaxBytes && JobFileText.IsJson(File.ReadAllBytes(path));
            return _stability.IsWhole(name, facts, isJson, () => WritersOf(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(path))
            {
                troubles.Add($"'{path}' cannot be read: {failure.Message} Give the user '{Environment.UserName}' the right to, or take it away.");
            }

            return false;
        }
    }

    private async Task SubmitAsync(string name, CancellationToken cancellation)
    {
        string path = Path.Combine(_taken, name);
        byte[] content;
        FileFacts facts;
        try
        {
            facts = FileFacts.Of(path) ?? throw new FileNotFoundException(null, path);
            content = facts.Size <= JobJson.MaxBytes ? await File.ReadAllBytesAsync(path, cancellation) : [];
        }
        catch (FileNotFoundException)
        {
            return;   // another program finished it
        }

        if (JobFileText.Read(facts.Size, content, out string unreadable) is not { } text)
        {
            Refuse(name, path, null, "the text", unreadable);
            return;
        }

        IReadOnlyList<string> problems = JobJson.TryRead(text, out JobSpec? spec);
        if (spec is null)
        {
            (string field, string problem) = Split(problems[0]);
            Refuse(name, path, text, field, string.Join("; ", [problem, .. problems.Skip(1)]));
            return;
        }

        try
        {
            JobSubmission submission = await _submitter.SubmitAsync(
                new NewJob { Origin = "jobs", Spec = spec with { IdempotencyKey = spec.IdempotencyKey ?? JobFileText.Key(name, content, facts) } }, cancellation);
            IntakeLog.JobFileTaken(_logger, name, submission.Job.Id, submission.Job.Status.WireName());
        }
        catch (JobRefusedException refused)
        {
            Refuse(name, path, text, refused.Field, refused.Message[(refused.Field.Length + 2)..]);
            return;
        }

        AtomicMove.Into(Path.Combine(_root, Accepted), name, path);
    }

    private void Refuse(string name, string path, string? text, string field, string problem)
    {
        _refusal.Write(name, path, text, field, problem);
        IntakeLog.JobFileRefused(_logger, name, $"{field}: {problem}");
    }

    // "source.path: is missing" is a field and what is wrong with it.
    private static (string Field, string Problem) Split(string problem)
    {
        int colon = problem.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? ("the text", problem) : (problem[..colon], problem[(colon + 2)..]);
    }
}
