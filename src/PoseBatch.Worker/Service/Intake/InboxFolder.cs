using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>One folder of the inbox as the scans know it.</summary>
/// <param name="relativePath">Within the inbox, without a separator at the end; empty for the inbox itself.</param>
internal sealed class InboxFolder(string relativePath)
{
    /// <summary>Within the inbox.</summary>
    public string RelativePath { get; } = relativePath;

    /// <summary>Files whose jobs are in the store, by name: some 150 bytes each.</summary>
    public Dictionary<string, KnownFile> Known { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that are waited for, by name.</summary>
    public Dictionary<string, PendingFile> Waiting { get; } = new(StringComparer.Ordinal);

    /// <summary>Folders in it, by name.</summary>
    public Dictionary<string, InboxFolder> Folders { get; } = new(StringComparer.Ordinal);

    /// <summary>What is asked for its videos.</summary>
    public FolderProfile Profile { get; set; } = FolderProfile.Empty;

    /// <summary>What <see cref="Profile"/> was read from: the inherited one and the state of the file; null for no file.</summary>
    public (FolderProfile Above, FileFacts? File) ProfileOrigin { get; set; } = (FolderProfile.Empty, null);

    /// <summary>The scan that saw it last.</summary>
    public int Generation { get; set; }

    /// <summary>Path within the inbox of a name in this folder.</summary>
    public string PathOf(string name) => RelativePath.Length == 0 ? name : $"{RelativePath}/{name}";
}

/// <summary>A file whose job is in the store, in the state in which it was taken.</summary>
internal struct KnownFile
{
    /// <summary>Bytes.</summary>
    public long Size;

    /// <summary>Ticks, UTC.</summary>
    public long ModifiedTicks;

    /// <summary>The scan that saw it last.</summary>
    public int Generation;
}
