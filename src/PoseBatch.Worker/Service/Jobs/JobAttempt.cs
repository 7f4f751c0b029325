using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Results.Format;
using PoseBatch.Tables;
using PoseBatch.Video;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// One attempt at one job: runs it, keeps its lease while it makes progress, and says in the store how it ended. Whatever
/// happens, it ends by itself and throws nothing.
/// </summary>
internal sealed class JobAttempt : ICommitFence, IDisposable
{
    // Cancelling shall free everything within two seconds, so the store is asked this often; a beat is written less often.
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan BeatPeriod = TimeSpan.FromSeconds(2);

    // While the store is away it is asked this often.
    private static readonly TimeSpan AwayPeriod = TimeSpan.FromSeconds(1);

    // Whoever is told to stop and has not moved for so long is in a call that cannot be interrupted.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    // A store that is locked when the service stops is asked again for so long, as the attempt is given back there.
    private static readonly TimeSpan HandOverPatience = TimeSpan.FromSeconds(8);

    // Another job computes the same: its end is looked for often at first, and ever less often, as each look goes into the history.
    private static readonly TimeSpan ShortestDuplicateWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestDuplicateWait = TimeSpan.FromMinutes(1);
    private const double DuplicateWaitShare = 0.05;

    // A signal to everything that runs here (a supervisor's control group) may end a child before we have heard that we are to stop.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private readonly JobLease _lease;
    private readonly AttemptParts _parts;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;   // outlives its source, as what was left behind may
    private readonly CancellationToken _drain;
    private readonly double? _mostSeconds;
    private readonly long _began;
    private readonly RuntimeLimit _limit;
    private volatile StopCause _cause;
    private volatile bool _isToYield;
    private volatile RunMeters? _meters;
    private volatile ServiceMetrics.RunReading? _reading;
    private volatile VideoInfo? _video;
    private volatile string? _runs;
    private volatile ResultRequest? _request;
    private volatile EnginePool.EngineLease? _rental;
    private volatile string? _hang;
    private volatile bool _isExporting;
    private readonly TaskCompletionSource _past = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _hasFrames = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _segments;
    private long _lastActivity;
    private long _lastActive;
    private int _phase;
    private string? _duplicateOf;
    private bool _isTooLong;
    private bool _isLossBorne;

    /// <param name="lease">The right to work on the job.</param>
    /// <param name="parts">What it works with.</param>
    /// <param name="drain">Cancelled when the service stops: the attempt ends at its next segment.</param>
    /// <param name="mostSeconds">A longer video is given back: its slot is for short ones. Null for any length.</param>
    public JobAttempt(JobLease lease, AttemptParts parts, CancellationToken drain, double? mostSeconds = null)
    {
        (_lease, _parts, _drain, _mostSeconds) = (lease, parts, drain, mostSeconds);
        _began = _lastActive = parts.Clock.GetTimestamp();
        _limit = new(Spec.Limits.MaxRuntimeSeconds, parts.Settings.Jobs.MaxRuntimeSeconds, parts.Clock);
        _stopping = _stop.Token;
    }

    private enum StopCause
    {
        None,
        Cancelled,
        Lost,
        Stalled,
        TooLong,
        Endless,
        Drained,
        Yielded,
        NetworkHangs,
    }

    /// <inheritdoc/>
    public int Attempt => _lease.Job.Attempt;

    /// <summary>The job.</summary>
    public string JobId => _lease.Id;

    private JobSpec Spec => _lease.Job.Spec;

    /// <summary>Called on any thread when <see cref="TakesSlot"/> has become false.</summary>
    public Action? SlotReleased { get; init; }

    /// <summary>
    /// Whether it decodes a video, or draws one: the slot is free for the next one as soon as the last frame has been decoded, so
    /// that inference has frames of the next video when those in flight are through.
    /// </summary>
    public bool TakesSlot => _isExporting || _meters is not { AllDecoded.IsCompleted: true };

    /// <summary>Done when its first frame has been decoded, or it has ended.</summary>
    public Task HasFrames => _hasFrames.Task;

    /// <summary>Done when the attempt has made one more segment safe than there was, or has ended.</summary>
    public Task HasCheckpointed => _past.Task;

    /// <summary>Ends the attempt now; the job is handed over.</summary>
    public void HandOver() => Stop(StopCause.Drained);

    /// <summary>Ends the attempt at its next segment: another job has to run alone first. The job is handed over.</summary>
    public void Preempt() => _isToYield = true;

    /// <summary>Runs the attempt to its end.</summary>
    public async Task RunAsync()
    {
        using CancellationTokenSource over = new();
        Task beating = KeepLeaseAsync(over.Token);
        try
        {
            await EndAsync(await EndOfAsync(Task.Run(async () => await ExportAsync(await WorkAsync()), CancellationToken.None)));
        }
        finally
        {
            await over.CancelAsync();
            await beating;
            _past.TrySetResult();
            _hasFrames.TrySetResult();
        }
    }

    /// <summary>
    /// Waits for the work's end, but not for ever: what is told to stop and does not move any more is left behind, so that neither the
    /// job nor its place waits for it. Whatever it still does one day, the store refuses it, as its token is no longer the newest.
    /// </summary>
    private async Task<JobReport> EndOfAsync(Task<JobReport> work)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = _stopping.Register(stopped.SetResult);
        await Task.WhenAny(work, stopped.Task);
        long activity = Activity, moved = _parts.Clock.GetTimestamp();
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(LookPeriod, _parts.Clock));
            if (Activity != activity)
            {
                (activity, moved) = (Activity, _parts.Clock.GetTimestamp());
            }
            else if (!work.IsCompleted && _parts.Clock.GetElapsedTime(moved) > StopPatience)
            {
                Abandon();
                return new() { Path = Spec.Source.Path, State = RunOutcome.Cancelled, Reason = ReasonCode.Cancelled, Message = "Stopped." };
            }
        }

        return await work;
    }

    private void Abandon()
    {
        if (_rental is { } rental && rental.Host.Engine.LongestCall is var runs && runs > StopPatience)
        {
            _hang = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"a call of {rental.Host.Runs} has run for {runs.TotalSeconds:0} s and cannot be interrupted");
            if (_cause == StopCause.Stalled)
            {
                rental.GiveUp();
            }
        }

        ServiceLog.LeftBehind(Logging.Logger, JobId, Attempt, _hang ?? "a call of the system or the runtime does not come back and cannot be interrupted", _parts.Engines.Hanging);
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <inheritdoc/>
    public void BeforeCommit(int segment)
    {
        EnsureOutput();
        RequireLease(() => _parts.Store.HeartbeatAsync(_lease, Progress(), CancellationToken.None));
    }

    /// <inheritdoc/>
    public void Committed(int segment)
    {
        _segments = segment + 1;
        RequireLease(() => _parts.Store.CommitSegmentAsync(_lease, segment, $"{_meters?.LastSeconds ?? 0:0.0} s of video are safe", CancellationToken.None));
        _parts.Metrics.SegmentCommitted();
        _past.TrySetResult();
        if (_drain.IsCancellationRequested)
        {
            Stop(StopCause.Drained);
        }
        else if (_isToYield)
        {
            Stop(StopCause.Yielded);
        }
    }

    /// <inheritdoc/>
    public void Finalizing()
    {
        Interlocked.Increment(ref _phase);
        RequireLease(() => _parts.Store.AdvanceAsync(_lease, JobStatus.Finalizing, null, CancellationToken.None));
    }

    /// <inheritdoc/>
    public void BeforePublish()
    {
        EnsureOutput();
        RequireLease(() => _parts.Store.HeartbeatAsync(_lease, Progress(), CancellationToken.None));
    }

    /// <summary>Refuses to write beneath a mount that went away.</summary>
    private void EnsureOutput()
    {
        if (_parts.Desk.WhyOutputIsAway(Spec) is { } away)
        {
            throw new PoseBatchException(away.Reason, away.Message, away.Advice);
        }
    }

    /// <summary>Asks the store for leave to go on.</summary>
    private void RequireLease(Func<Task<LeaseState>> ask)
    {
        LeaseState state = RetryUntilLeaseEndsAsync(ask).GetAwaiter().GetResult();
        if (state == LeaseState.Lost)
        {
            Stop(StopCause.Lost);
            throw new PoseBatchException(ReasonCode.LeaseLost, "Another worker has taken the job over.");
        }

        if (state == LeaseState.Cancelling)
        {
            Stop(StopCause.Cancelled);
        }
    }

    /// <summary>Asks the store, and waits for it while it is away, as long as the lease could last.</summary>
    private async Task<T> RetryUntilLeaseEndsAsync<T>(Func<Task<T>> ask)
    {
        long since = _parts.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                T answer = await ask();
                _parts.Health.ReportSuccess();
                return answer;
            }
            catch (JobStoreUnavailableException away)
            {
                _parts.Health.Away(away);
                if (_parts.Clock.GetElapsedTime(since) > _lease.Duration)
                {
                    Stop(StopCause.Lost);
                    throw new PoseBatchException(ReasonCode.LeaseLost, $"The job store cannot be reached, so nothing may be committed: {away.Message}", cause: away);
                }

                await Task.Delay(AwayPeriod, _parts.Clock, _stopping);
            }
        }
    }

    private void Stop(StopCause cause)
    {
        lock (_lease)
        {
            if (_cause == StopCause.None)
            {
                _cause = cause;
                try
                {
                    _stop.Cancel();
                }
                catch (ObjectDisposedException)
                {
                    // It has ended meanwhile.
                }
            }
        }
    }

    private async Task<JobReport> WorkAsync()
    {
        try
        {
            _parts.Desk.NoteSource(Spec.Source.Path);
            EnsureOutput();
            CheckPinnedSource();
            if (_parts.Desk.ModelProblemOf(Spec) is { } elsewhere)
            {
                return Failure(ReasonCode.ModelMissing, elsewhere, "Submit the job again with a model that it may name.");
            }

            await using EnginePool.EngineLease rental = await _parts.Engines.RentAsync(EngineKey.Of(Spec, _parts.Settings), _stopping);
            _stopping.ThrowIfCancellationRequested();
            _rental = rental;
            await using CancellationTokenRegistration hangs = rental.Hangs.Register(() => Stop(StopCause.NetworkHangs));
            Interlocked.Increment(ref _phase);
            _runs = rental.Host.Runs;
            string? sha256 = rental.Host.Engine.Estimator.Description.Sha256;
            if (Spec.Model.Sha256 is { } pinned && pinned != sha256)
            {
                return Failure(
                    ReasonCode.ModelMismatch,
                    $"Model {Spec.Model.Name} has SHA-256 {sha256}, but the job asks for {pinned}.",
                    "Install the model the job was written for, or submit the job without model.sha256.");
            }

            return await rental.Host.Runner(Moved).RunAsync(
                VideoJobs.Of(Spec, _parts.Desk.OutputFolder(Spec), _parts.Settings) with
                {
                    MostSourceFrames = _parts.Settings.Jobs.MaxFrames > 0 ? _parts.Settings.Jobs.MaxFrames : null, JobId = JobId, Guard = this, Admit = AdmitAsync,
                },
                Probed, _stopping);
        }
        catch (PoseBatchException known)
        {
            return Failure(known.Reason, known.Message, known.Advice) with { IsChildLost = known.IsChildLost };
        }
        catch (SettingsException wrong)
        {
            return Failure(ReasonCode.ModelMismatch, wrong.Message, "Submit the job with settings that go together.");
        }
        catch (OperationCanceledException)
        {
            return new() { Path = Spec.Source.Path, State = RunOutcome.Cancelled, Reason = ReasonCode.Cancelled, Message = "Stopped." };
        }
        catch (Exception defect)
        {
            return Failure(ReasonCode.Internal, $"{defect.GetType().Name}: {defect.Message}", "This is a defect of PoseBatch: please report it.");
        }
    }

    /// <summary>Writes what the job wants beside its tables; what fails there becomes a warning.</summary>
    private async Task<JobReport> ExportAsync(JobReport report)
    {
        if (report.State is not (RunOutcome.Completed or RunOutcome.Exists) || Spec.Output.Exports.Count == 0)
        {
            return report;
        }

        Interlocked.Increment(ref _phase);
        _isExporting = true;
        try
        {
            IReadOnlyList<string> problems = await JobExports.WriteAsync(
                report.ResultPath!, Spec.Output.Exports, Spec.Source.Path, _parts.Settings, _stopping);
            return report with { Warnings = [.. report.Warnings, .. problems] };
        }
        catch (OperationCanceledException)
        {
            return report with { Warnings = [.. report.Warnings, "The exports were not written: the job was stopped first. The tables are complete."] };
        }
    }

    private JobReport Failure(ReasonCode reason, string message, string? advice) => new()
    {
        Path = Spec.Source.Path,
        State = RunOutcome.Failed,
        Reason = reason,
        Message = message,
        Advice = advice,
    };

    private void Probed(VideoInfo video, RunMeters meters)
    {
        Interlocked.Increment(ref _phase);
        (_video, _meters, _reading) = (video, meters, _parts.Metrics.Follow(meters));
        Then(meters.FirstDecoded, () => _hasFrames.TrySetResult());
        Then(meters.AllDecoded, () => SlotReleased?.Invoke());

        static void Then(Task done, Action action) =>
            done.ContinueWith(_ => action(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    // Something moves that no frame tells of.
    private void Moved() => Interlocked.Increment(ref _phase);

    private void CheckPinnedSource()
    {
        FileInfo file = new(Spec.Source.Path);
        if (Spec.Source.Size is { } size && file.Exists && file.Length != size)
        {
            throw new PoseBatchException(
                ReasonCode.SourceChanged,
                $"'{Spec.Source.Path}' has {file.Length} bytes, but the job was written for {size}.",
                "Submit the job again without source.size, or with the file it was written for.");
        }

        if (Spec.Source.Sha256 is { } pinned && file.Exists && SourceFingerprint.Full(Spec.Source.Path, _stopping, Moved).Value is { } value && value != pinned)
        {
            throw new PoseBatchException(
                ReasonCode.SourceChanged,
                $"'{Spec.Source.Path}' has SHA-256 {value}, but the job was written for {pinned}.",
                "Submit the job again without source.sha256, or with the file it was written for.");
        }
    }

    /// <summary>What will be computed is known: has another job computed it, or is one about to?</summary>
    private async ValueTask<JobReport?> AdmitAsync(ResultRequest request, CancellationToken cancellation)
    {
        if (_mostSeconds is { } most && LengthOf(request.Video) is var seconds && seconds > most)
        {
            _isTooLong = await RetryUntilLeaseEndsAsync(() => _parts.Store.SetDurationAsync(_lease, seconds, cancellation));
            return new() { Path = Spec.Source.Path, State = RunOutcome.Cancelled, Message = "Waits for a slot: the one that is free is kept for short videos." };
        }

        _request = request;
        string key = ResultKey.Of(request).Value;
        JobRecord? duplicate = await RetryUntilLeaseEndsAsync(() => _parts.Store.ClaimResultKeyAsync(_lease, key, cancellation));
        if (duplicate is { Status: JobStatus.Completed } && (request.Overwrite == OverwriteRule.Replace || duplicate.ResultPath is null || WholeResult.ProblemOf(duplicate.ResultPath) is not null))
        {
            // Its result is to be replaced, or somebody has taken it away, or some of it.
            string old = duplicate.Id;
            duplicate = await RetryUntilLeaseEndsAsync(() => _parts.Store.ClaimResultKeyAsync(_lease, key, old, cancellation));
        }

        if (duplicate is not null)
        {
            _duplicateOf = duplicate.Id;
            return duplicate.Status == JobStatus.Completed
                ? new()
                {
                    Path = Spec.Source.Path,
                    State = RunOutcome.Exists,
                    ResultPath = duplicate.ResultPath,
                    Message = $"Job {duplicate.Id} has computed the same: same content, model and settings.",
                }
                : new() { Path = Spec.Source.Path, State = RunOutcome.Cancelled, Message = $"Waits for job {duplicate.Id}, which computes the same." };
        }

        RequireLease(() => _parts.Store.AdvanceAsync(_lease, JobStatus.Running, _runs, cancellation));
        return null;
    }

    private static double LengthOf(VideoInfo video) => video.DurationSeconds
        ?? (video.AnnouncedFrames is { } frames && video.NominalFps.IsKnown ? frames / video.NominalFps.Value : double.PositiveInfinity);

    private async Task EndAsync(JobReport report)
    {
        report = InServiceWords(report);
        if (report.IsChildLost && _cause == StopCause.None)
        {
            report = await JudgeLossAsync(report);
        }

        if (report.State == RunOutcome.Cancelled)
        {
            ServiceLog.AttemptStopped(Logging.Logger, Spec.Source.Path, JobId, Attempt, _duplicateOf is null && !_isTooLong ? WordsOf(_cause) : report.Message!);
        }
        else
        {
            Log.JobEnded(report);
        }

        _reading?.Take();
        long since = _parts.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                if (!await RecordOutcomeAsync(report))
                {
                    ServiceLog.LeaseLost(Logging.Logger, JobId, Attempt);
                }
                else if (_cause == StopCause.Lost && report.ResultPath is null)
                {
                    ServiceLog.HandedBack(Logging.Logger, JobId, Attempt);
                }

                _parts.Health.ReportSuccess();
                if (report.Reason is ReasonCode.DiskFull or ReasonCode.OutputUnwritable)
                {
                    _parts.Output.ReportFailure();
                }

                JobRecord? now = await _parts.Store.FindAsync(JobId, CancellationToken.None);
                _parts.Metrics.AttemptEnded(now?.Status ?? JobStatus.Dead, now?.Reason, _parts.Clock.GetElapsedTime(_began));
                if (now is { Status: JobStatus.RetryWait, Reason: not null } && now.Token == _lease.Token && report.State == RunOutcome.Failed)
                {
                    ServiceLog.TriedAgain(Logging.Logger, JobId, now.RunAt.ToLocalTime(), now.Attempt, MostAttempts, now.Advice);
                }

                if (now is not null && now.Status.IsOver() && now.Token == _lease.Token)
                {
                    _parts.Lost.Forget(JobId);

                    // A worker that died between giving the result its name and clearing up leaves segments that nobody needs.
                    if (_request is not null && (now.Status == JobStatus.Cancelled || report.State == RunOutcome.Exists))
                    {
                        ModelHost.Results.Forget(_request);
                    }
                }

                return;
            }
            catch (JobStoreUnavailableException away)
            {
                // Nobody else may take the job while its lease lasts; afterwards the next attempt finds the result.
                _parts.Health.Away(away);
                await Task.Delay(BeatPeriod, _parts.Clock);
                if (_drain.IsCancellationRequested && _parts.Clock.GetElapsedTime(since) > HandOverPatience)
                {
                    return;
                }
            }
        }
    }

    /// <summary>A child was lost: with all of us, because the service is to stop, or alone?</summary>
    private async Task<JobReport> JudgeLossAsync(JobReport report)
    {
        try
        {
            await Task.Delay(StopGrace, _parts.Clock, _drain);
        }
        catch (OperationCanceledException)
        {
            Stop(StopCause.Drained);
            return report with { State = RunOutcome.Cancelled, Reason = ReasonCode.Cancelled, Message = "Stopped." };
        }

        _isLossBorne = _parts.Lost.IsBorne(JobId);
        return report;
    }

    /// <summary>What is known here and not where the failure was met.</summary>
    private JobReport InServiceWords(JobReport report) => report switch
    {
        { Reason: ReasonCode.SourceChanged } when IsGone(Spec.Source.Path) => report with
        {
            // As long as there are attempts left it may be a writer that deletes before it writes.
            Reason = Attempt < MostAttempts ? ReasonCode.SourceChanged : ReasonCode.SourceMissing,
            Message = $"'{Spec.Source.Path}' was removed or renamed while it was being read.",
            Advice = "Put it back, then retry the job: it goes on from its last segment.",
        },
        { Reason: ReasonCode.SourceChanged } => report with
        {
            Advice = "Let the writer finish. Copy under another name and rename, and a file is never taken before it is whole.",
        },
        { Reason: ReasonCode.DiskFull } when _parts.Desk.WhyOutputIsAway(Spec) is null => report with
        {
            Advice = "Free space or raise the quota, and see whether the disk answers; the job goes on by itself then.",
        },
        _ => report,
    };

    private static bool IsGone(string path) => FileFacts.Of(path, out int error) is null && SourceFault.IsGone(error);

    private int MostAttempts => Spec.Limits.MaxAttempts ?? _parts.Settings.Jobs.MaxAttempts;

    private static string WordsOf(StopCause cause) => cause switch
    {
        StopCause.Lost => "the lease was lost, or the store was away for longer than that",
        StopCause.Stalled => "no new frame for too long",
        StopCause.TooLong => "it took longer than limits.max_runtime_s",
        StopCause.Endless => "it took longer than Jobs:MaxRuntimeSeconds",
        StopCause.Drained => "handed over, as the service stops",
        StopCause.NetworkHangs => "handed over, as the network it shared with another job hangs",
        StopCause.Yielded => "makes room for a job that has to run alone",
        _ => "cancelled",
    };

    private Task<bool> RecordOutcomeAsync(JobReport report)
    {
        CancellationToken never = CancellationToken.None;
        IJobStore store = _parts.Store;
        if (report.State == RunOutcome.Completed)
        {
            string words = report.Warnings.Count == 0 ? string.Empty : string.Join(' ', report.Warnings);
            return store.CompleteAsync(_lease, report.ResultPath!, isDuplicate: false, duplicateOf: null, words.Length > 0 ? words : null, never);
        }

        if (report.State == RunOutcome.Exists)
        {
            // A result that an earlier attempt of this very job left is its own: only the word of it was lost.
            bool isOwn = _duplicateOf is null && Attempt > 1;
            return store.CompleteAsync(_lease, report.ResultPath!, isDuplicate: !isOwn, _duplicateOf, isOwn ? null : report.Message, never);
        }

        switch (_cause)
        {
            case StopCause.Lost:
                return GiveBackAsync();
            case StopCause.Cancelled:
                return store.FailAsync(_lease, ReasonCode.Cancelled, "Cancelled by the user.", null, null, never);
            case StopCause.Drained:
                return store.ReleaseAsync(_lease, TimeSpan.Zero, "Handed over: the service stops.", never);
            case StopCause.Yielded:
                return store.ReleaseAsync(_lease, TimeSpan.Zero, "Makes room: another job, with which a worker died, has to run alone for a while.", never);
            case StopCause.NetworkHangs:
                return store.ReleaseAsync(_lease, TimeSpan.Zero, "Handed over: the network it shared with another job hangs.", never);
            case StopCause.Stalled:
                return store.FailAsync(
                    _lease, ReasonCode.Stalled, $"No new frame for {Spec.Limits.StallTimeoutSeconds:0} s{(_hang is { } hang ? ": " + hang : null)}.",
                    _hang is not null ? "Try the model on another provider, or on this video with posebatch process; a driver that hangs wants a restart of the machine." : "Watch the machine's load; raise limits.stall_timeout_s if the video is merely slow.", RetryAfter(), never);
            case StopCause.TooLong:
                return store.FailAsync(
                    _lease, ReasonCode.Stalled, $"The attempt took longer than the {Spec.Limits.MaxRuntimeSeconds:0} s it may take.",
                    "Raise limits.max_runtime_s; the next attempt goes on where this one stopped.", RetryAfter(), never);
            case StopCause.Endless:
                return store.FailAsync(
                    _lease, ReasonCode.Cancelled, $"The attempt took longer than the {_parts.Settings.Jobs.MaxRuntimeSeconds:0.###} s that any may take here (Jobs:MaxRuntimeSeconds).",
                    "If the file can be trusted, raise Jobs:MaxRuntimeSeconds (0 for no limit) and retry the job: it goes on from its last segment.", null, never);
        }

        if (report.State == RunOutcome.Cancelled && _duplicateOf is not null)
        {
            return store.ReleaseAsync(_lease, DuplicateWait(_parts.Clock.GetUtcNow() - _lease.Job.SubmittedAt), report.Message!, never);
        }

        if (report.State == RunOutcome.Cancelled && _isTooLong)
        {
            return store.ReleaseAsync(_lease, TimeSpan.Zero, report.Message!, never);
        }

        ReasonCode reason = report.Reason ?? ReasonCode.Internal;
        if (reason == ReasonCode.LeaseLost)
        {
            return GiveBackAsync();
        }

        string message = report.Message ?? reason.WireName();
        if (reason is ReasonCode.SourceMissing or ReasonCode.SourceChanged or ReasonCode.SourceUnreadable && _parts.Desk.WhySourceIsAway(Spec.Source.Path) is { } away)
        {
            return store.PostponeAsync(
                _lease, ReasonCode.SourceMissing, $"'{Spec.Source.Path}' cannot be reached: {away}",
                "See whether its disk or share is mounted; the job goes on by itself when it is back.", RetryAfter(), never);
        }

        if (_isLossBorne && Attempt >= MostAttempts)
        {
            // The signal was not the video's doing, so the last attempt is not used up by it.
            return store.PostponeAsync(_lease, reason, message, report.Advice, RetryAfter(), never);
        }

        return reason is ReasonCode.DiskFull or ReasonCode.OutputUnwritable or ReasonCode.SourceUnreadable or ReasonCode.ProviderUnavailable
            ? store.PostponeAsync(_lease, reason, message, report.Advice, RetryAfter(), never)   // nothing the job can help
            : store.FailAsync(_lease, reason, message, report.Advice, reason.IsTransient() ? RetryAfter() : null, never);
    }

    /// <summary>If the store was merely away, nobody has the job: then the attempt is given back. False when another worker has it.</summary>
    private Task<bool> GiveBackAsync() =>
        _parts.Store.ReleaseAsync(_lease, TimeSpan.Zero, "Handed over: the job store was away for longer than the lease.", CancellationToken.None);

    /// <summary>How long to wait before the job that computes the same is looked at again.</summary>
    /// <param name="waited">For how long this one has been waiting.</param>
    internal static TimeSpan DuplicateWait(TimeSpan waited) =>
        TimeSpan.FromTicks(Math.Clamp((long)(waited.Ticks * DuplicateWaitShare), ShortestDuplicateWait.Ticks, LongestDuplicateWait.Ticks));

    private TimeSpan RetryAfter() => RetryWait.After(Attempt, _parts.Settings.Jobs.RetrySeconds, Random.Shared.NextDouble());

    private async Task KeepLeaseAsync(CancellationToken over)
    {
        long beaten = _parts.Clock.GetTimestamp();
        TimeSpan beatPeriod = TimeSpan.FromTicks(Math.Min(BeatPeriod.Ticks, _lease.Duration.Ticks / 4));
        TimeSpan lookPeriod = TimeSpan.FromTicks(Math.Min(LookPeriod.Ticks, _lease.Duration.Ticks / 8));
        while (!over.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(lookPeriod, _parts.Clock, over);
                bool isBeat = _parts.Clock.GetElapsedTime(beaten) >= beatPeriod;
                if (IsStuck())
                {
                    // A beat from a pipeline that hangs would be a lie. Its last beat still covers the time to end it.
                    Stop(StopCause.Stalled);
                    isBeat = false;
                }

                if (_limit.Verdict is not RuntimeVerdict.Within and RuntimeVerdict whose)
                {
                    Stop(whose == RuntimeVerdict.JobLimit ? StopCause.TooLong : StopCause.Endless);
                }

                LeaseState state = isBeat
                    ? await _parts.Store.HeartbeatAsync(_lease, Progress(), over)
                    : await LookAsync(over);
                if (isBeat)
                {
                    beaten = _parts.Clock.GetTimestamp();
                    _parts.Health.ReportSuccess();
                    _reading?.Take();
                }

                if (state != LeaseState.Held)
                {
                    Stop(state == LeaseState.Lost ? StopCause.Lost : StopCause.Cancelled);
                }
            }
            catch (JobStoreUnavailableException away)
            {
                _parts.Health.Away(away);
                if (_parts.Clock.GetElapsedTime(beaten) > _lease.Duration)
                {
                    Stop(StopCause.Lost);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<LeaseState> LookAsync(CancellationToken over)
    {
        JobRecord? now = await _parts.Store.FindAsync(JobId, over);
        return now is null || now.Token != _lease.Token || !now.Status.IsHeld() ? LeaseState.Lost
            : now.Status == JobStatus.Cancelling ? LeaseState.Cancelling : LeaseState.Held;
    }

    private long Activity => Volatile.Read(ref _phase) + (_meters?.Activity ?? 0);

    private bool IsStuck()
    {
        long activity = Activity;
        if (activity != _lastActivity)
        {
            _lastActivity = activity;
            _lastActive = _parts.Clock.GetTimestamp();
        }

        return _parts.Clock.GetElapsedTime(_lastActive).TotalSeconds > Spec.Limits.StallTimeoutSeconds;
    }

    private JobProgress Progress()
    {
        RunMeters? meters = _meters;
        VideoInfo? video = _video;
        double elapsed = _parts.Clock.GetElapsedTime(_began).TotalSeconds;
        return new()
        {
            Frames = meters is null ? 0 : meters.Decoded + meters.Undecodable,
            AnnouncedFrames = video?.AnnouncedFrames,
            Seconds = meters?.LastSeconds ?? 0,
            DurationSeconds = video?.DurationSeconds,
            FramesPerSecond = meters is null || elapsed <= 0 ? 0 : meters.Decoded / elapsed,
            Persons = meters?.Persons ?? 0,
            LimitedBy = meters is { Decoded: > 0 } ? meters.LimitedBy : null,
            Segments = Volatile.Read(ref _segments),
            Runs = _runs,
        };
    }
}

/// <summary>What every attempt of a service works with.</summary>
/// <param name="Store">The jobs.</param>
/// <param name="Engines">The loaded networks.</param>
/// <param name="Desk">Knows where results go.</param>
/// <param name="Settings">All settings.</param>
/// <param name="Metrics">Counts.</param>
/// <param name="Clock">The clock.</param>
internal sealed record AttemptParts(
    IJobStore Store, EnginePool Engines, JobSubmitter Desk, PoseBatch.Worker.Hosting.Settings Settings, ServiceMetrics Metrics, TimeProvider Clock)
{
    /// <summary>Whether the store answers.</summary>
    public StoreHealth Health { get; } = new(Clock);

    /// <summary>Counts the children that jobs have lost.</summary>
    public LostChildren Lost { get; } = new();

    /// <summary>Whether results can be written.</summary>
    public OutputHealth Output { get; } = new(Desk, Clock);
}
