using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Looks at the pending files and finds those that are due.</summary>
/// <param name="root">The inbox, absolute.</param>
/// <param name="stability">Says which are due.</param>
/// <param name="window">How often each is looked at when there are very many.</param>
/// <param name="writersOf">Tells who writes to a file.</param>
/// <param name="renameOf">Tells in which state a file was renamed from an unfinished name; null when it was not.</param>
/// <param name="clock">Tells how long a file was seen unchanged.</param>
internal sealed class PendingCheck(
    string root, StabilityCheck stability, TimeSpan window, Func<string, Writers> writersOf, Func<string, FileFacts?> renameOf, TimeProvider clock)
{
    private const int LongestGroup = 200;

    // With more files waiting than that, each is looked at when it may be due instead of every second.
    private const int FewPending = 1000;
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    /// <summary>One look at every file that may be due.</summary>
    /// <returns>What is to be checked, in the order of the names, as people expect; a folder's own order is none.</returns>
    public IReadOnlyList<CheckOrder> Look(IReadOnlyList<PendingFile> pending)
    {
        long now = clock.GetTimestamp();
        bool areFew = pending.Count <= FewPending;
        TimeSpan pause = areFew || window < LookPause ? LookPause : window;
        List<CheckOrder> due = [];
        foreach (PendingFile file in pending)
        {
            if (file.Stage != PendingStage.Checking && (areFew || now >= file.LookAt))
            {
                if (LookAt(file, now) is { } order)
                {
                    due.Add(order);
                }
                else if (file.Stage != PendingStage.Halted)
                {
                    file.LookAt = now + (long)(pause.TotalSeconds * clock.TimestampFrequency);
                }
            }
        }

        due.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        return due;
    }

    private CheckOrder? LookAt(PendingFile file, long now)
    {
        string path = Path.Combine(root, file.RelativePath);
        FileFacts? facts = FileFacts.Of(path, out int error);
        if (error != 0 && file.Stage != PendingStage.Halted && OutOfReach.Why(path) is { } why)
        {
            file.Waiting = why;   // however long it takes; what was known of the file still holds
            return null;
        }

        file.Saw(facts ?? default, now);
        if (file.Stage == PendingStage.Halted)
        {
            return null;
        }

        StabilityVerdict verdict = stability.Judge(path, FactsOf(file, path, facts, now));
        if (verdict.Waiting is { } waiting)
        {
            file.Waiting = waiting;
            return null;
        }

        file.Finding ??= verdict.Refusal is { } refusal ? new(null, refusal) : null;
        file.Stage = PendingStage.Checking;
        file.Waiting = "whole; its container is being opened";
        return new(file, path, file.Facts, SpecOf(file, path), file.Finding, verdict.Idle, verdict.IsLast);
    }

    private StabilityFacts FactsOf(PendingFile file, string path, FileFacts? facts, long now) => new()
    {
        File = facts,
        Unchanged = clock.GetElapsedTime(file.UnchangedSince, now),
        Age = TimeSpan.FromTicks(clock.GetUtcNow().UtcTicks - file.Facts.ModifiedTicks),
        Writers = () => IsFinished(file, path) ? Writers.Finished : writersOf(path),
        HasProfileProblem = file.Folder.Profile.Problem is not null,
        IsOpened = file.Finding is not null,
        Unsettled = now < file.AskAgainAt ? file.Unsettled : null,
    };

    private bool IsFinished(PendingFile file, string path)
    {
        if (renameOf(file.RelativePath) is { } renamed)
        {
            file.IsRenamedIn = renamed.IsSameContent(file.Facts);
        }

        // A marker older than the file speaks of what stood there before.
        return file.IsRenamedIn
            || (FileFacts.Of(path + InboxNames.ReadySuffix) is { } marker && marker.ModifiedTicks >= file.Facts.ModifiedTicks);
    }

    // What the folder says, then what its place says.
    private static JobSpec SpecOf(PendingFile file, string path)
    {
        JobSpec asked = file.Folder.Profile.Template!;
        string study = file.Folder.RelativePath.Split('/')[0];
        return asked with
        {
            Source = new() { Path = path },
            IdempotencyKey = InboxKey.Text(InboxKey.Of(file.RelativePath, file.Facts.Size, file.Facts.ModifiedTicks)),
            Group = asked.Group ?? (study.Length is > 0 and <= LongestGroup ? study : null),
        };
    }
}
