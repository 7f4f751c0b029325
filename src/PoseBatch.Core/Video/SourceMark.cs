namespace PoseBatch.Video;

/// <summary>
/// What a file system says of a file beyond its size and time: another file under the same name has another number, and every
/// write, also one whose time of change was set back afterwards, has a status time of its own. So have a rename, a new link
/// and a change of rights: a mark that differs is a reason to look at the content again, and no proof that it changed.
/// </summary>
/// <param name="Device">The file system.</param>
/// <param name="Inode">The file's number there. Some network shares give another one after every mount.</param>
/// <param name="StatusTicks">Time of the last change of content or status, in steps of 100 ns.</param>
public readonly record struct SourceMark(ulong Device, ulong Inode, long StatusTicks);
