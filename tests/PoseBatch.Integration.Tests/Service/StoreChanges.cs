using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using PoseBatch.JobStores.Sqlite;

namespace PoseBatch.Service;

/// <summary>
/// Waits for changes of a job store, whichever process makes them. Every transaction writes to the store's write-ahead log, of which
/// the kernel tells (inotify); that happens before other connections can see the transaction, but while its writer holds the
/// write lock, so whoever then waits for that lock sees it. Changes between two waits are not lost. One waiter at a time.
/// </summary>
internal sealed class StoreChanges : IDisposable
{
    // Longer than any transaction of a service and than any lock a test holds.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> _written = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly FileSystemWatcher _log;
    private readonly Session _lock;

    /// <summary>Listens from now on.</summary>
    /// <param name="store">The SQLite file, which is there and is kept open by somebody.</param>
    public StoreChanges(string store)
    {
        _lock = new(store, SqliteOpenMode.ReadWrite, Patience);
        _log = new(Path.GetDirectoryName(store)!, Path.GetFileName(store) + "-wal") { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.FileName };
        _log.Changed += (_, _) => Ring();
        _log.Created += (_, _) => Ring();
        _log.Error += (_, _) => Ring();   // too many at once: something has happened
        _log.EnableRaisingEvents = true;
    }

    /// <summary>Returns when something was written since the last return, or since it listens; it can be read then.</summary>
    public async Task NextAsync(CancellationToken cancellation)
    {
        await _written.Reader.ReadAsync(cancellation);
        await Task.Run(() => _lock.InTransaction(() => true), cancellation);
    }

    public void Dispose()
    {
        _log.Dispose();
        _lock.Dispose();
    }

    private void Ring() => _written.Writer.TryWrite(true);
}
