using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using PoseBatch.Jobs;
using PoseBatch.Video;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// The watched folder: hands every video in it to the desk once, and only when it is whole. A periodic scan is the truth;
/// events shorten the wait. Files are left as they are (but for <c>Inbox:AfterJob = move</c>).
/// </summary>
/// <remarks>
/// One loop owns all that is known of the folder. Two checks beside it open containers and submit jobs; they are given what
/// they need and answer through a queue, so that nothing they wait for holds up a scan.
/// </remarks>
internal sealed class WatchedFolder : BackgroundService, IIntakeView
{
    private const int ChecksAtOnce = 2;
    private const int LongestGroup = 200;
    private const int MostTroublesShown = 5;
    private const int MostRenames = 10_000;

    // With more files waiting than that, each is looked at when it may be due instead of every second.
    private const int FewWaiting = 1000;
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    private readonly IJobStore _store;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly string _root;
    private readonly ContainerCheck _check;
    private readonly SourceMover? _mover;
    private readonly string[] _others;
    private readonly Func<JobSpec, string?> _problemOf;
    private readonly AdaptivePolling _pace;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _window;
    private readonly TimeSpan _limit;

    private readonly InboxFolder _top = new(string.Empty);
    private readonly HashSet<UInt128> _keys = [];
    private readonly List<PendingFile> _waiting = [];
    private readonly List<CheckOrder> _due = [];
    private readonly Channel<CheckOrder> _orders = Channel.CreateUnbounded<CheckOrder>();
    private readonly ConcurrentQueue<CheckResult> _results = new();
    private readonly ConcurrentDictionary<string, FileFacts> _renamedIn = new(StringComparer.Ordinal);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _isTold;

    private FolderEvents? _events;
    private (ulong Device, ulong Inode)? _listenedTo;
    private ulong? _device;
    private bool _hasKeys;
    private bool _isMade;
    private bool _hasWalked;
    private int _generation;

    private string? _rootTrouble;
    private string? _storeTrouble;
    private List<string> _walkTroubles = [];
    private List<string> _moveTroubles = [];
    private HashSet<string> _said = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<StabilisingFile> _settling = [];
    private volatile string? _trouble;
    private volatile string? _leftOut;
    private long _leftOutSaid;

    /// <summary>A folder as the Inbox section says; with an empty path there is nothing to do.</summary>
    public WatchedFolder(JobSubmitter desk, IJobStore store, IVideoDecoder decoder, Settings settings, ILogger logger, TimeProvider clock)
    {
        InboxSettings inbox = settings.Inbox;
        (_store, _logger, _clock) = (store, logger, clock);
        _root = inbox.Path.Length > 0 ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(inbox.Path)) : string.Empty;
        _mover = inbox.AfterJob == "move" ? new(desk, store, _root, MovedAway, logger) : null;
        _interval = TimeSpan.FromSeconds(inbox.ScanSeconds);
        _window = TimeSpan.FromSeconds(inbox.SettleSeconds);
        _check = new(desk, decoder, _window);
        _limit = TimeSpan.FromSeconds(inbox.UnsettledLimitSeconds);
        _pace = new(_interval, clock);

        _problemOf = spec => desk.ProblemOf(spec) ?? ModelProblem(settings, "model.name", spec.Model.Name) ?? ModelProblem(settings, "model.detector", spec.Model.Detector);

        // Results and job files may lie in the inbox; they are no videos.
        _others = [desk.OutputRoot, .. settings.Jobs.Folder.Length > 0 ? [settings.Jobs.Folder] : Array.Empty<string>()];
    }

    /// <inheritdoc/>
    public IReadOnlyList<StabilisingFile> Settling => _settling;

    /// <inheritdoc/>
    public string? Trouble => _trouble;

    /// <inheritdoc/>
    public string? LeftOut => _leftOut;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _events?.Dispose();
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
        int count = 0;
        for (; _orders.Reader.TryRead(out CheckOrder? order); count++)
        {
            _results.Enqueue(await _check.RunAsync(order, cancellation));
        }

        ApplyResults();
        Publish();
        return count;
    }

    /// <summary>Notes that a file got its name by a rename from an unfinished one; on any thread.</summary>
    internal void RenamedIn(string relativePath)
    {
        // With the state it had then: the word holds for no other.
        if (_renamedIn.Count < MostRenames && FileFacts.Of(Path.Combine(_root, relativePath)) is { } facts)
        {
            _renamedIn[relativePath] = facts;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_root.Length == 0)
        {
            return;
        }

        await Task.Yield();   // the first scan may take its time; the host must not wait for it
        Task[] checks = [.. Enumerable.Range(0, ChecksAtOnce).Select(_ => CheckAllAsync(stoppingToken))];
        try
        {
            bool isTold = false;
            while (true)
            {
                isTold |= Interlocked.Exchange(ref _isTold, 0) != 0;
                bool walks = _pace.IsWalkDue(isTold);
                bool isDone = await RoundAsync(walks, _pace.IsThoroughDue, walks || _pace.IsLookDue, stoppingToken);
                isTold &= !walks;
                await SleepAsync(isDone ? _pace.UntilNext(isTold, _waiting.Count > 0) : _interval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop: what is not submitted yet is found again at the next start.
        }
        finally
        {
            await Task.WhenAll(checks);
        }
    }

    private async Task CheckAllAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (CheckOrder order in _orders.Reader.ReadAllAsync(stopping))
            {
                CheckResult result;
                try
                {
                    result = await _check.RunAsync(order, stopping);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    // A defect must not end the intake of all other files.
                    IntakeLog.Fault(_logger, fault, "Inbox");
                    result = new(order, CheckOutcome.Unsettled, $"an unforeseen fault: {fault.Message}", AskAfter: ContainerCheck.AskAgain);
                }

                _results.Enqueue(result);
                _wake.Writer.TryWrite(true);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task SleepAsync(TimeSpan time, CancellationToken stopping)
    {
        if (time > TimeSpan.Zero)
        {
            using CancellationTokenSource awake = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            await Task.WhenAny(_wake.Reader.WaitToReadAsync(awake.Token).AsTask(), Task.Delay(time, _clock, awake.Token));
            await awake.CancelAsync();
        }

        stopping.ThrowIfCancellationRequested();
        _wake.Reader.TryRead(out _);
    }

    /// <returns>False when something stood in the way.</returns>
    private async Task<bool> RoundAsync(bool walks, bool isThorough, bool looks, CancellationToken cancellation)
    {
        bool isDone = true;
        try
        {
            await LoadKeysAsync(cancellation);
            ApplyResults();
            if (walks)
            {
                Walk(isThorough);
            }

            if (looks && _rootTrouble is null)
            {
                CheckPending();
                if (_mover is not null)
                {
                    _moveTroubles = [];
                    await _mover.FollowAsync(_moveTroubles, cancellation);
                }
            }
        }
        catch (JobStoreUnavailableException away)
        {
            _storeTrouble = StoreTrouble(away.Message);
            isDone = false;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // A defect must not end the intake: it is told, and the next round begins afresh.
            IntakeLog.Fault(_logger, fault, "Inbox");
            _rootTrouble = $"An unforeseen fault: {fault.Message}";
            isDone = false;
        }

        if (isDone && !_waiting.Exists(pending => pending.Finding is not null && IsWaiting(pending)))
        {
            _storeTrouble = null;   // nobody waits for the store any more
        }

        if (looks || !isDone)
        {
            Publish();
        }

        return isDone;
    }

    private async Task LoadKeysAsync(CancellationToken cancellation)
    {
        if (_hasKeys)
        {
            return;
        }

        foreach (string text in await _store.KeysAsync(InboxKey.Prefix, cancellation))
        {
            if (InboxKey.TryParse(text, out UInt128 key))
            {
                _keys.Add(key);
            }
        }

        _hasKeys = true;
        _storeTrouble = null;
    }

    private void Walk(bool isThorough)
    {
        long since = _clock.GetTimestamp();
        _rootTrouble = RootTrouble(out FileFacts? root);
        if (_rootTrouble is null)
        {
            Listen(root!.Value);
            _generation++;
            InboxScanner walk = new(_root, _generation, isThorough, Excluded(), _problemOf, OnFile);
            walk.Visit(_top, FolderProfile.Empty);
            _walkTroubles = walk.Troubles;
            SayLeftOut(walk.LeftOut);
            if (walk.Met > 0)
            {
                _device = root.Value.Device;
            }

            _hasWalked = true;
            IntakeLog.Walked(_logger, walk.Met, _clock.GetElapsedTime(since).TotalSeconds, isThorough);
        }

        _pace.Walked(_clock.GetElapsedTime(since), isThorough);
    }

    // In the log once, and again whenever their number has doubled.
    private void SayLeftOut(LeftOutNames names)
    {
        _leftOut = names.Count == 0 ? null : FormattableString.Invariant($"{names.Count} {(names.Count == 1 ? "file" : "files")}: {names}");
        if (names.Count > 0 && names.Count >= 2 * _leftOutSaid)
        {
            _leftOutSaid = names.Count;
            IntakeLog.LeftOut(_logger, names.Count, names.ToString());
        }
    }

    // Whatever links lead there: as the walk will meet them.
    private HashSet<string> Excluded()
    {
        HashSet<string> excluded = new(StringComparer.Ordinal);
        string root = RealPath.Of(_root);
        foreach (string other in _others)
        {
            string real = RealPath.Of(other);
            if (RealPath.IsWithin(real, root))
            {
                excluded.Add(Path.Combine(_root, Path.GetRelativePath(root, real)));
            }
        }

        return excluded;
    }

    // Why nothing may be concluded from the folder now; what is known of it is kept.
    private string? RootTrouble(out FileFacts? root)
    {
        root = FileFacts.Of(_root);
        if (root is null && OutOfReach.Why(_root) is { } why)
        {
            return $"{why}. Work goes on by itself then.";
        }

        if (root is { Kind: not FileKind.Folder })
        {
            return $"'{_root}' is a file and has to be a folder. Move it away, or change Inbox:Path.";
        }

        if (!_isMade)
        {
            // Once, at the start. A folder that vanishes later is a share that went away: made again, it would hide the mount.
            try
            {
                Directory.CreateDirectory(_root);
                _isMade = true;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return $"'{_root}' cannot be made: {failure.Message} Make it, or give the user '{Environment.UserName}' the right to.";
            }
        }

        root = FileFacts.Of(_root);
        if (root is not { Kind: FileKind.Folder } facts)
        {
            return $"'{_root}' is not there. See whether its disk or share is mounted; work goes on by itself when it is back.";
        }

        bool isOtherDisk = _device is { } device && device != facts.Device;
        return isOtherDisk && IsEmpty(_root)
            ? $"'{_root}' is empty and on another file system than before: its disk or share is not mounted. Work goes on by itself when it is back."
            : null;
    }

    private static string? ModelProblem(Settings settings, string field, string? name)
    {
        try
        {
            _ = string.IsNullOrEmpty(name) ? null : ModelHost.Locate(settings, name);
            return null;
        }
        catch (PoseBatchException missing)
        {
            return $"{field}: {missing.Message}";
        }
    }

    private static bool IsEmpty(string folder)
    {
        try
        {
            return !Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;   // the walk tells what is wrong
        }
    }

    private void Listen(FileFacts root)
    {
        // A folder that was mounted anew is another one to the system, and the old events are silent.
        if (_listenedTo == (root.Device, root.Inode))
        {
            return;
        }

        _events?.Dispose();
        _events = FolderEvents.TryStart(_root, OnEvent, RenamedIn, out string? why);
        _listenedTo = (root.Device, root.Inode);
        if (why is not null)
        {
            IntakeLog.NoEvents(_logger, why);
        }
    }

    private void OnEvent()
    {
        Interlocked.Exchange(ref _isTold, 1);
        _wake.Writer.TryWrite(true);
    }

    // A name that is new, or stands for another file than the one that was taken.
    private void OnFile(InboxFolder folder, string name, FileFacts? facts)
    {
        if (facts is { Kind: FileKind.Folder })
        {
            return;
        }

        string path = folder.PathOf(name);
        if (facts is { } file && _keys.Contains(InboxKey.Of(path, file.Size, file.ModifiedTicks)))
        {
            folder.Known[name] = new() { Size = file.Size, ModifiedTicks = file.ModifiedTicks, Generation = _generation };
            _mover?.Recall(new(path, file.Size, file.ModifiedTicks), isBack: _hasWalked);
            return;
        }

        PendingFile pending = new(folder, name, _clock.GetUtcNow())
        {
            Facts = facts ?? default,
            UnchangedSince = _clock.GetTimestamp(),
            Generation = _generation,
        };
        if (facts is null && InboxNames.IsGarbled(name))
        {
            Halt(pending, "its name is not valid UTF-8 and cannot be used; rename it");
        }

        folder.Waiting[name] = pending;
        _waiting.Add(pending);
    }

    // It may be put back before the next walk has missed it.
    private void MovedAway(string relativePath)
    {
        InboxFolder? folder = _top;
        string[] parts = relativePath.Split('/');
        foreach (string part in parts[..^1])
        {
            if (!folder.Folders.TryGetValue(part, out folder))
            {
                return;
            }
        }

        folder.Known.Remove(parts[^1]);
    }

    private void CheckPending()
    {
        long since = _clock.GetTimestamp();
        _waiting.RemoveAll(pending => !IsWaiting(pending));
        bool areFew = _waiting.Count <= FewWaiting;
        foreach (PendingFile pending in _waiting)
        {
            if (pending.Stage != PendingStage.Checking && (areFew || since >= pending.LookAt))
            {
                LookAt(pending, since);
            }
        }

        // In the order of their names, as people expect; a folder's own order is none.
        _due.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        foreach (CheckOrder order in _due)
        {
            _orders.Writer.TryWrite(order);
        }

        _due.Clear();
        _pace.Looked(_clock.GetElapsedTime(since));
    }

    private void LookAt(PendingFile pending, long now)
    {
        string path = Path.Combine(_root, pending.RelativePath);
        FileFacts facts = FileFacts.Of(path, out int error) ?? default;
        bool isThere = facts != default;
        if (error != 0 && pending.Stage != PendingStage.Halted && OutOfReach.Why(path) is { } why)
        {
            Wait(pending, why, now);   // however long it takes; what was known of the file still holds
            return;
        }

        if (facts != pending.Facts)
        {
            // The walk's first look knows size and time alone.
            if (!facts.IsSameContent(pending.Facts) || pending.Facts.Inode != 0)
            {
                pending.UnchangedSince = now;
            }

            (pending.Facts, pending.Stage, pending.IsRenamedIn) = (facts, PendingStage.Settling, false);
            (pending.Unsettled, pending.AskAgainAt, pending.Finding) = (null, long.MaxValue, null);
        }

        if (pending.Stage == PendingStage.Halted)
        {
            return;
        }

        TimeSpan unchanged = _clock.GetElapsedTime(pending.UnchangedSince, now);
        bool isOverdue = unchanged >= _limit;
        if (!isThere)
        {
            Wait(pending, "leads nowhere: a link to a file that is not there", now);
            if (isOverdue)
            {
                GiveUp(pending, path, ReasonCode.SourceMissing, "Mend or remove the link.");
            }

            return;
        }

        if (pending.Folder.Profile.Problem is not null)
        {
            Wait(pending, $"a {InboxNames.Profile} above it has a problem", now);
            return;
        }

        if (pending.Finding is not null)
        {
            Order(pending, path, null, isLast: isOverdue);   // checked before; only the store was away
            return;
        }

        StabilityVerdict verdict = Judge(pending, path, facts, unchanged);
        if (!verdict.IsDue)
        {
            Wait(pending, verdict.Waiting, now);
            if (isOverdue && !verdict.IsUnreadable)
            {
                GiveUp(pending, path, ReasonCode.SourceUnsettled, "When it is whole, it is taken again by itself if it has changed; otherwise retry the job.");
            }
        }
        else if (pending.Unsettled is { } unsettled && now < pending.AskAgainAt && !isOverdue)
        {
            Wait(pending, unsettled, now);
        }
        else
        {
            Order(pending, path, verdict.Quiet, isLast: isOverdue);
        }
    }

    private StabilityVerdict Judge(PendingFile pending, string path, FileFacts facts, TimeSpan unchanged)
    {
        if (facts.Kind == FileKind.Regular && facts.Size > 0)
        {
            if (!_renamedIn.IsEmpty && _renamedIn.TryRemove(pending.RelativePath, out FileFacts renamed))
            {
                pending.IsRenamedIn = renamed.IsSameContent(facts);
            }

            // A marker older than the file speaks of what stood there before.
            bool isReady = pending.IsRenamedIn
                || (FileFacts.Of(path + InboxNames.ReadySuffix) is { } marker && marker.ModifiedTicks >= facts.ModifiedTicks);
            TimeSpan age = TimeSpan.FromTicks(_clock.GetUtcNow().UtcTicks - facts.ModifiedTicks);
            return StabilityCheck.Judge(facts, isReady ? Writers.Unknown : WritersOf(path), isReady, unchanged, age, _window);
        }

        return StabilityCheck.Judge(facts, Writers.Unknown, false, unchanged, default, _window);
    }

    private void Wait(PendingFile pending, string what, long now)
    {
        pending.Waiting = what;
        TimeSpan pause = _waiting.Count <= FewWaiting || _window < LookPause ? LookPause : _window;
        pending.LookAt = now + (long)(pause.TotalSeconds * _clock.TimestampFrequency);
    }

    private void GiveUp(PendingFile pending, string path, ReasonCode reason, string advice)
    {
        string message = string.Create(
            CultureInfo.InvariantCulture, $"'{path}' is not whole after {_limit.TotalSeconds:0.#} s without a change: {pending.Waiting}.");
        pending.Finding = new(null, new(reason, message, advice));
        Order(pending, path, null, isLast: true);
    }

    private void Order(PendingFile pending, string path, TimeSpan? quiet, bool isLast)
    {
        pending.Stage = PendingStage.Checking;
        pending.Waiting = "whole; its container is being opened";
        _due.Add(new(pending, path, pending.Facts, SpecOf(pending, path), pending.Finding, quiet, isLast));
    }

    // What the folder says, then what its place says.
    private static JobSpec SpecOf(PendingFile pending, string path)
    {
        JobSpec asked = pending.Folder.Profile.Template!;
        string study = pending.Folder.RelativePath.Split('/')[0];
        return asked with
        {
            Source = new() { Path = path },
            IdempotencyKey = InboxKey.Text(InboxKey.Of(pending.RelativePath, pending.Facts.Size, pending.Facts.ModifiedTicks)),
            Group = asked.Group ?? (study.Length is > 0 and <= LongestGroup ? study : null),
        };
    }

    private void ApplyResults()
    {
        while (_results.TryDequeue(out CheckResult? result))
        {
            Apply(result);
        }
    }

    private void Apply(CheckResult result)
    {
        PendingFile pending = result.Order.Candidate;
        FileFacts facts = result.Order.Facts;
        bool isWaiting = IsWaiting(pending);
        pending.Stage = PendingStage.Settling;
        switch (result.Outcome)
        {
            case CheckOutcome.Taken:
                _storeTrouble = null;
                _keys.Add(InboxKey.Of(pending.RelativePath, facts.Size, facts.ModifiedTicks));
                _mover?.Await(result.Job!, new(pending.RelativePath, facts.Size, facts.ModifiedTicks));
                if (isWaiting)
                {
                    pending.Folder.Waiting.Remove(pending.Name);
                    pending.Folder.Known[pending.Name] = new() { Size = facts.Size, ModifiedTicks = facts.ModifiedTicks, Generation = _generation };
                }

                IntakeLog.Taken(_logger, result.Order.Path, result.Job!.Id, result.Job.Status.WireName());
                break;
            case CheckOutcome.Unsettled:
                if (result.Order.IsLast)
                {
                    // Out of reach, which no limit of time makes any better: it is asked again as if it had just come.
                    pending.UnchangedSince = _clock.GetTimestamp();
                }

                pending.Unsettled = pending.Waiting = result.Message!;
                pending.AskAgainAt = result.AskAfter is { } pause
                    ? _clock.GetTimestamp() + (long)(pause.TotalSeconds * _clock.TimestampFrequency)
                    : long.MaxValue;
                break;
            case CheckOutcome.Refused:
                Halt(pending, result.Message!);
                break;
            case CheckOutcome.StoreAway:
                pending.Finding = result.Finding;
                pending.Waiting = "the job store cannot be reached";
                _storeTrouble = StoreTrouble(result.Message!);
                break;
            default:
                pending.Waiting = "changed while it was opened";
                break;
        }
    }

    private void Halt(PendingFile pending, string problem)
    {
        pending.Stage = PendingStage.Halted;
        pending.Waiting = problem;
        IntakeLog.NotTaken(_logger, Path.Combine(_root, pending.RelativePath), problem);
    }

    private static bool IsWaiting(PendingFile pending) =>
        pending.Folder.Waiting.TryGetValue(pending.Name, out PendingFile? present) && ReferenceEquals(present, pending);

    private static string StoreTrouble(string message) => $"The job store cannot be reached: {message} Files wait.";

    private void Publish()
    {
        _settling =
        [
            .. _waiting.Where(IsWaiting)
                .OrderBy(pending => pending.FirstSeen)
                .Select(pending => new StabilisingFile(Path.Combine(_root, pending.RelativePath), pending.Facts.Size, pending.FirstSeen, pending.Waiting)),
        ];

        List<string> troubles = [.. new[] { _rootTrouble, _storeTrouble }.OfType<string>(), .. _walkTroubles, .. _moveTroubles];
        foreach (string trouble in troubles)
        {
            if (!_said.Contains(trouble))
            {
                IntakeLog.Trouble(_logger, trouble);
            }
        }

        if (_said.Count > 0 && troubles.Count == 0)
        {
            IntakeLog.TroubleOver(_logger);
        }

        _said = new(troubles, StringComparer.Ordinal);
        _trouble = troubles.Count == 0 ? null
            : string.Join(Environment.NewLine, troubles.Take(MostTroublesShown))
                + (troubles.Count > MostTroublesShown ? FormattableString.Invariant($"{Environment.NewLine}and {troubles.Count - MostTroublesShown} more") : string.Empty);
    }
}
