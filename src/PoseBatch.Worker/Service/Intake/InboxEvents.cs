using System.Collections.Concurrent;
using System.Threading.Channels;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// What shortens the loop's sleep, and the renames that say that a file is whole. Told on any thread, asked by the loop.
/// </summary>
internal sealed class InboxEvents(string root, TimeProvider clock, ILogger logger) : IDisposable
{
    private const int MostRenames = 10_000;

    private readonly ConcurrentDictionary<string, FileFacts> _renamed = new(StringComparer.Ordinal);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _isTold;
    private FolderEvents? _events;
    private (ulong Device, ulong Inode)? _listenedTo;

    /// <summary>Listens to the folder as it is now.</summary>
    public void ListenTo(FileFacts folder)
    {
        // A folder that was mounted anew is another one to the system, and the old events are silent.
        if (_listenedTo == (folder.Device, folder.Inode))
        {
            return;
        }

        _events?.Dispose();
        _events = FolderEvents.TryStart(root, OnEvent, RenamedIn, out string? why);
        _listenedTo = (folder.Device, folder.Inode);
        if (why is not null)
        {
            IntakeLog.NoEvents(logger, why);
        }
    }

    /// <summary>Whether something happened in the folder since this was asked last.</summary>
    public bool TakeIsTold() => Interlocked.Exchange(ref _isTold, 0) != 0;

    /// <summary>Ends the loop's sleep.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Notes that a file got its name by a rename from an unfinished one, in the state it has now: the word holds for no other.</summary>
    public void RenamedIn(string relativePath)
    {
        if (_renamed.Count < MostRenames && FileFacts.Of(Path.Combine(root, relativePath)) is { } facts)
        {
            _renamed[relativePath] = facts;
        }
    }

    /// <summary>The state of a file when it was renamed from an unfinished name; null when it was not, or this was asked before.</summary>
    public FileFacts? TakeRename(string relativePath) =>
        !_renamed.IsEmpty && _renamed.TryRemove(relativePath, out FileFacts renamed) ? renamed : null;

    /// <summary>Does nothing for a while, or until something happens.</summary>
    /// <exception cref="OperationCanceledException">The loop is asked to stop.</exception>
    public async Task SleepAsync(TimeSpan time, CancellationToken stopping)
    {
        if (time > TimeSpan.Zero)
        {
            using CancellationTokenSource awake = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            await Task.WhenAny(_wake.Reader.WaitToReadAsync(awake.Token).AsTask(), Task.Delay(time, clock, awake.Token));
            await awake.CancelAsync();
        }

        stopping.ThrowIfCancellationRequested();
        _wake.Reader.TryRead(out _);
    }

    /// <inheritdoc/>
    public void Dispose() => _events?.Dispose();

    private void OnEvent()
    {
        Interlocked.Exchange(ref _isTold, 1);
        Wake();
    }
}
