using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>What is known of the inbox: its folders, the files whose jobs are in the store, and those that are pending.</summary>
internal sealed class InboxState(TimeProvider clock)
{
    private readonly HashSet<UInt128> _keys = [];
    private readonly List<PendingFile> _pending = [];

    /// <summary>The inbox itself.</summary>
    public InboxFolder Top { get; } = new(string.Empty);

    /// <summary>Number of the last scan; 0 before the first.</summary>
    public int Generation { get; private set; }

    /// <summary>Takes in the keys of all files that were ever submitted.</summary>
    public void Load(IEnumerable<string> keys)
    {
        foreach (string text in keys)
        {
            if (InboxKey.TryParse(text, out UInt128 key))
            {
                _keys.Add(key);
            }
        }
    }

    /// <summary>A scan begins.</summary>
    /// <returns>Its number.</returns>
    public int NextGeneration() => ++Generation;

    /// <summary>Whether the file has a job in its present state; it is then known by its name as well.</summary>
    public bool IsSubmitted(InboxFolder folder, string name, FileFacts file)
    {
        if (!_keys.Contains(InboxKey.Of(folder.PathOf(name), file.Size, file.ModifiedTicks)))
        {
            return false;
        }

        folder.Known[name] = KnownAs(file);
        return true;
    }

    /// <summary>A file that is to be waited for.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="facts">What the scan saw of it; null for nothing.</param>
    public PendingFile Add(InboxFolder folder, string name, FileFacts? facts)
    {
        PendingFile pending = new(folder, name, clock.GetUtcNow())
        {
            Facts = facts ?? default,
            UnchangedSince = clock.GetTimestamp(),
            Generation = Generation,
        };
        folder.Waiting[name] = pending;
        _pending.Add(pending);
        return pending;
    }

    /// <summary>A scan has come to its end: what is found from now on has come, or come back.</summary>
    public bool HasScanned { get; set; }

    /// <summary>The files that are not jobs yet, in the order in which they were found.</summary>
    public IReadOnlyList<PendingFile> Pending()
    {
        _pending.RemoveAll(file => !IsPending(file));
        return _pending;
    }

    /// <summary>Whether it is still waited for: not gone, replaced or submitted meanwhile.</summary>
    public static bool IsPending(PendingFile file) =>
        file.Folder.Waiting.TryGetValue(file.Name, out PendingFile? present) && ReferenceEquals(present, file);

    /// <summary>Its job is in the store.</summary>
    /// <param name="file">The file.</param>
    /// <param name="facts">Its state when it was submitted.</param>
    public void Submitted(PendingFile file, FileFacts facts)
    {
        _keys.Add(InboxKey.Of(file.RelativePath, facts.Size, facts.ModifiedTicks));
        if (IsPending(file))
        {
            file.Folder.Waiting.Remove(file.Name);
            file.Folder.Known[file.Name] = KnownAs(facts);
        }
    }

    /// <summary>A known file was moved away: it may be put back before the next scan has missed it.</summary>
    public void Forget(string relativePath)
    {
        InboxFolder? folder = Top;
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

    private KnownFile KnownAs(FileFacts facts) => new() { Size = facts.Size, ModifiedTicks = facts.ModifiedTicks, Generation = Generation };
}
