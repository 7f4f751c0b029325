using PoseBatch.Jobs;
using PoseBatch.Video;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// The watched folder: hands every video in it to the submitter once, and only when it is whole. A periodic scan is the truth;
/// events shorten the wait. Files are left as they are (but for <c>Inbox:AfterJob = move</c>).
/// </summary>
/// <remarks>One loop owns all that is known of the folder; what waits for containers and the store runs beside it (<see cref="CheckQueue"/>).</remarks>
internal sealed class WatchedFolder : BackgroundService, IIntakeView
{
    private readonly IJobStore _store;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly string _path;
    private readonly TimeSpan _interval;
    private readonly Func<JobSpec, string?> _problemOf;

    private readonly InboxRoot _root;
    private readonly InboxState _state;
    private readonly InboxEvents _events;
    private readonly IntakeStatus _status;
    private readonly AdaptivePolling _polling;
    private readonly PendingCheck _pending;
    private readonly CheckQueue _checks;
    private readonly CheckedFiles _checked;
    private readonly SourceMover? _mover;
    private bool _hasKeys;

    /// <summary>A folder as the Inbox section says; with an empty path there is nothing to do.</summary>
    public WatchedFolder(JobSubmitter submitter, IJobStore store, IVideoDecoder decoder, Settings settings, ILogger logger, TimeProvider clock)
    {
        InboxSettings inbox = settings.Inbox;
        (_store, _logger, _clock) = (store, logger, clock);
        _path = inbox.Path.Length > 0 ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(inbox.Path)) : string.Empty;
        _interval = TimeSpan.FromSeconds(inbox.ScanSeconds);
        _problemOf = spec => ProfileProblem.Of(spec, submitter, settings);

        TimeSpan window = TimeSpan.FromSeconds(inbox.SettleSeconds);
        StabilityCheck stability = new(window, TimeSpan.FromSeconds(inbox.UnsettledLimitSeconds));

        // Results and job files may lie in the inbox; they are no videos.
        _root = new(_path, [submitter.Paths.OutputRoot, .. settings.Jobs.Folder.Length > 0 ? [settings.Jobs.Folder] : Array.Empty<string>()]);
        _state = new(clock);
        _events = new(_path, clock, logger);
        _status = new(logger);
        _polling = new(_interval, clock);
        _pending = new(_path, stability, window, path => WritersOf(path), _events.TakeRename, clock);
        _checks = new(new(submitter, decoder, stability), _events.Wake, logger);
        _mover = inbox.AfterJob == "move" ? new(submitter, store, _path, _state.Forget, logger) : null;
        _checked = new(_state, _status, _mover, logger, clock);
    }

    /// <inheritdoc/>
    public IReadOnlyList<StabilisingFile> Settling => _status.Settling;

    /// <inheritdoc/>
    public string? Trouble => _status.Trouble;

    /// <inheritdoc/>
    public string? LeftOut => _status.LeftOut;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _events.Dispose();
        base.Dispose();
    }

    /// <summary>Tells who writes to a file.</summary>
    internal Func<string, Writers> WritersOf { get; init; } = WriterProbe.Of;

    /// <summary>A scan that looks at every file, and whatever is due handed to the checks.</summary>
    internal Task ScanAsync(CancellationToken cancellation) => RoundAsync(walks: true, isThorough: true, looks: true, cancellation);

    /// <summary>A scan over the names alone.</summary>
    internal Task ScanNamesAsync(CancellationToken cancellation) => RoundAsync(walks: true, isThorough: false, looks: true, cancellation);

    /// <summary>Runs the checks that are due here and now, for whoever drives the scans by hand.</summary>
    /// <returns>How many files were checked.</returns>
    internal async Task<int> CheckDueAsync(CancellationToken cancellation)
    {
        int count = await _checks.RunDueAsync(cancellation);
        TakeResults();
        Publish();
        return count;
    }

    /// <summary>Notes that a file got its name by a rename from an unfinished one; on any thread.</summary>
    internal void RenamedIn(string relativePath) => _events.RenamedIn(relativePath);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_path.Length == 0)
        {
            return;
        }

        await Task.Yield();   // the first scan may take its time; the host must not wait for it
        Task checks = _checks.RunAsync(stoppingToken);
        try
        {
            bool isTold = false;
            while (true)
            {
                isTold |= _events.TakeIsTold();
                bool walks = _polling.IsWalkDue(isTold);
                bool isDone = await RoundAsync(walks, _polling.IsThoroughDue, walks || _polling.IsLookDue, stoppingToken);
                isTold &= !walks;
                await _events.SleepAsync(isDone ? _polling.UntilNext(isTold, _state.Pending().Count > 0) : _interval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop: what is not submitted yet is found again at the next start.
        }
        finally
        {
            await checks;
        }
    }

    /// <returns>False when something stood in the way.</returns>
    private async Task<bool> RoundAsync(bool walks, bool isThorough, bool looks, CancellationToken cancellation)
    {
        bool isDone = true;
        try
        {
            await LoadKeysAsync(cancellation);
            TakeResults();
            if (walks)
            {
                Walk(isThorough);
            }

            if (looks && _status.RootTrouble is null)
            {
                CheckPending();
                await MoveAsync(cancellation);
            }
        }
        catch (JobStoreUnavailableException away)
        {
            _status.StoreIsAway(away.Message);
            isDone = false;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // A defect must not end the intake: it is told, and the next round begins afresh.
            IntakeLog.Fault(_logger, fault, "Inbox");
            _status.RootTrouble = $"An unforeseen fault: {fault.Message}";
            isDone = false;
        }

        if (isDone && !_state.Pending().Any(file => file.Finding is not null))
        {
            _status.StoreIsBack();   // nobody waits for the store any more
        }

        if (looks || !isDone)
        {
            Publish();
        }

        return isDone;
    }

    private async Task LoadKeysAsync(CancellationToken cancellation)
    {
        if (!_hasKeys)
        {
            _state.Load(await _store.KeysAsync(InboxKey.Prefix, cancellation));
            _hasKeys = true;
            _status.StoreIsBack();
        }
    }

    private void Walk(bool isThorough)
    {
        long since = _clock.GetTimestamp();
        _status.RootTrouble = _root.Problem(out FileFacts root);
        if (_status.RootTrouble is null)
        {
            _events.ListenTo(root);
            InboxScanner scanner = new(_path, _state.NextGeneration(), isThorough, _root.Excluded(), _problemOf, OnFile);
            scanner.Visit(_state.Top, FolderProfile.Empty);
            _status.WalkTroubles = scanner.Troubles;
            _status.PassedOver(scanner.LeftOut);
            if (scanner.Met > 0)
            {
                _root.HasFiles(root);
            }

            _state.HasScanned = true;
            IntakeLog.Walked(_logger, scanner.Met, _clock.GetElapsedTime(since).TotalSeconds, isThorough);
        }

        _polling.Walked(_clock.GetElapsedTime(since), isThorough);
    }

    // A name that is new, or stands for another file than the one that was taken.
    private void OnFile(InboxFolder folder, string name, FileFacts? facts)
    {
        if (facts is { Kind: FileKind.Folder })
        {
            return;
        }

        if (facts is { } file && _state.IsSubmitted(folder, name, file))
        {
            _mover?.Recall(new(folder.PathOf(name), file.Size, file.ModifiedTicks), isBack: _state.HasScanned);
            return;
        }

        PendingFile pending = _state.Add(folder, name, facts);
        if (facts is null && InboxNames.IsGarbled(name))
        {
            _checked.Halt(pending, Path.Combine(_path, pending.RelativePath), "its name is not valid UTF-8 and cannot be used; rename it");
        }
    }

    private void CheckPending()
    {
        long since = _clock.GetTimestamp();
        foreach (CheckOrder order in _pending.Look(_state.Pending()))
        {
            _checks.Add(order);
        }

        _polling.Looked(_clock.GetElapsedTime(since));
    }

    private async Task MoveAsync(CancellationToken cancellation)
    {
        if (_mover is not null)
        {
            List<string> troubles = [];
            _status.MoveTroubles = troubles;
            await _mover.FollowAsync(troubles, cancellation);
        }
    }

    private void TakeResults()
    {
        while (_checks.TryTake(out CheckResult? result))
        {
            _checked.Take(result);
        }
    }

    private void Publish() => _status.Publish(_state.Pending()
        .Select(file => new StabilisingFile(Path.Combine(_path, file.RelativePath), file.Facts.Size, file.FirstSeen, file.Waiting)));
}
