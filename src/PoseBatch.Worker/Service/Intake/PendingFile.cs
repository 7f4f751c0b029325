using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>A file that is not a job yet. Only the loop changes it; a check works on what it was given and answers with a result.</summary>
internal sealed class PendingFile(InboxFolder folder, string name, DateTimeOffset firstSeen)
{
    /// <summary>Where it lies.</summary>
    public InboxFolder Folder { get; } = folder;

    /// <summary>Its name there.</summary>
    public string Name { get; } = name;

    /// <summary>UTC.</summary>
    public DateTimeOffset FirstSeen { get; } = firstSeen;

    /// <summary>Path within the inbox.</summary>
    public string RelativePath => Folder.PathOf(Name);

    /// <summary>Where it stands.</summary>
    public PendingStage Stage { get; set; }

    /// <summary>The last look.</summary>
    public FileFacts Facts { get; set; }

    /// <summary>Timestamp of the clock: since when <see cref="Facts"/> were seen unchanged.</summary>
    public long UnchangedSince { get; set; }

    /// <summary>Appeared by a rename from an unfinished name: whole, as its writer says.</summary>
    public bool IsRenamedIn { get; set; }

    /// <summary>Timestamp of the clock: not to be looked at before.</summary>
    public long LookAt { get; set; }

    /// <summary>What is waited for, in words for the user.</summary>
    public string Waiting { get; set; } = "just seen";

    /// <summary>Opened in its present state, and not whole or not readable; asked again when it changes, or at <see cref="AskAgainAt"/>.</summary>
    public string? Unsettled { get; private set; }

    /// <summary>Timestamp of the clock: when an unsettled file is opened again though nothing changed.</summary>
    public long AskAgainAt { get; private set; } = long.MaxValue;

    /// <summary>The scan that saw it last.</summary>
    public int Generation { get; set; }

    /// <summary>What the last check found out; kept so that a store that is away costs no second look into the file.</summary>
    public CheckFinding? Finding { get; set; }

    /// <summary>Takes in a look. What was known of the file before it changed holds no more.</summary>
    /// <param name="facts">What was seen; default for nothing.</param>
    /// <param name="now">Timestamp of the clock.</param>
    public void Saw(FileFacts facts, long now)
    {
        if (facts == Facts)
        {
            return;
        }

        // The scan's first look knows size and time alone.
        if (!facts.IsSameContent(Facts) || Facts.Inode != 0)
        {
            UnchangedSince = now;
        }

        (Facts, Stage, IsRenamedIn) = (facts, PendingStage.Settling, false);
        (Unsettled, AskAgainAt, Finding) = (null, long.MaxValue, null);
    }

    /// <summary>It was opened and is not whole, or cannot be read.</summary>
    /// <param name="why">In words for the user.</param>
    /// <param name="isLast">It had had its time, so it is out of reach, which no limit of time makes any better: it is waited for as if it had just come.</param>
    /// <param name="askAfter">When to open it again although it does not change; null for never.</param>
    /// <param name="clock">Tells the time.</param>
    public void NotWhole(string why, bool isLast, TimeSpan? askAfter, TimeProvider clock)
    {
        long now = clock.GetTimestamp();
        (Unsettled, Waiting) = (why, why);
        UnchangedSince = isLast ? now : UnchangedSince;
        AskAgainAt = askAfter is { } pause ? now + (long)(pause.TotalSeconds * clock.TimestampFrequency) : long.MaxValue;
    }
}
