using System.Globalization;
using Microsoft.Data.Sqlite;
using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>
/// The SQLite file of a store: opens it, brings its tables up to date, lends one connection for writing and one for reading,
/// and turns every trouble into a <see cref="JobStoreUnavailableException"/> in plain words. After trouble the connection is
/// opened anew at the next call, so that everything works again once it can. Thread-safe.
/// </summary>
internal sealed class StoreFile : IDisposable
{
    private readonly string _path;
    private readonly TimeSpan _busyTimeout;
    private readonly Lane _writing = new();
    private readonly Lane _reading = new();

    private StoreFile(string path, TimeSpan busyTimeout) => (_path, _busyTimeout) = (path, busyTimeout);

    /// <summary>Full path of the file.</summary>
    public string FilePath => _path;

    /// <summary>Opens or creates the file.</summary>
    /// <param name="path">Where it lies; relative means the current folder.</param>
    /// <param name="busyTimeout">How long to wait for another process's lock.</param>
    /// <exception cref="JobStoreUnavailableException">It cannot be opened, is no job store, or is of a newer version.</exception>
    public static StoreFile Open(string path, TimeSpan busyTimeout)
    {
        StoreFile file = new(Path.GetFullPath(path), busyTimeout);
        file.Guard(file._writing, () =>
        {
            file.CheckPlace();
            file._writing.Session = file.Connect(SqliteOpenMode.ReadWriteCreate);
            file.Migrate(file._writing.Session);
            return true;
        });
        return file;
    }

    /// <summary>Runs an action that only reads.</summary>
    public Task<T> ReadAsync<T>(Func<Session, T> action, CancellationToken cancellation) => RunAsync(_reading, action, cancellation);

    /// <summary>Runs an action in a transaction; when the task has completed its changes are on disk.</summary>
    /// <param name="action">Does all or, when it throws, nothing.</param>
    /// <param name="cancellation">Stops waiting for the turn; an action that has begun goes on to its end.</param>
    /// <param name="isWorthwhile">Asked before the write lock is taken: false ends it with <c>default</c>.</param>
    public Task<T?> WriteAsync<T>(Func<Session, T?> action, CancellationToken cancellation, Func<Session, bool>? isWorthwhile = null) =>
        RunAsync(
            _writing,
            session => isWorthwhile?.Invoke(session) == false ? default : session.InTransaction(() => action(session)),
            cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _reading.Dispose();
        _writing.Dispose();
    }

    private async Task<T> RunAsync<T>(Lane lane, Func<Session, T> action, CancellationToken cancellation)
    {
        await lane.Gate.WaitAsync(cancellation);
        try
        {
            // SQLite waits for disks and locks on the calling thread: not on the caller's.
            return await Task.Run(
                () => Guard(lane, () =>
                {
                    ObjectDisposedException.ThrowIf(lane.IsClosed, typeof(SqliteJobStore));
                    RefuseIfGone(lane);
                    return action(lane.Session ??= Connect(SqliteOpenMode.ReadWrite));
                }),
                CancellationToken.None);
        }
        finally
        {
            lane.Gate.Release();
        }
    }

    // A file that was removed would be written on without a trace, and a new one would have forgotten every job.
    private void RefuseIfGone(Lane lane)
    {
        if (!File.Exists(_path))
        {
            lane.Drop();
            throw new JobStoreUnavailableException(
                $"The job store {_path} is gone: its disk is not mounted, or it was removed. Bring it back; to begin a new one, start the service again.");
        }
    }

    private T Guard<T>(Lane lane, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException trouble)
        {
            lane.Drop();
            throw new JobStoreUnavailableException(Words(trouble), trouble);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            lane.Drop();
            throw new JobStoreUnavailableException($"The job store {_path} cannot be used: {trouble.Message}", trouble);
        }
        catch (InvalidDataException damage)
        {
            lane.Drop();
            throw new JobStoreUnavailableException(
                $"The job store {_path} is damaged: {damage.Message.TrimEnd('.')}. Stop the service, keep a copy, and delete that row with sqlite3, or go back to a backup.", damage);
        }
        catch
        {
            lane.Drop();   // nothing is known of a connection whose transaction broke off
            throw;
        }
    }

    private string Words(SqliteException trouble) => trouble.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => string.Create(
            CultureInfo.InvariantCulture, $"The job store {_path} was locked by another process for more than {_busyTimeout.TotalSeconds:0.#} s."),
        SQLitePCL.raw.SQLITE_FULL => $"The disk of the job store {_path} is full. Free some space there.",
        SQLitePCL.raw.SQLITE_CANTOPEN => Directory.Exists(Path.GetDirectoryName(_path))
            ? $"The job store {_path} cannot be opened: no right to read or write it or its folder, or it is a folder."
            : $"The job store {_path} cannot be opened: its folder does not exist. Create it, or set Jobs:Store.",
        SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM => $"The job store {_path} cannot be written: no right, or its disk is read-only.",
        SQLitePCL.raw.SQLITE_NOTADB => $"{_path} is not a SQLite file, so it is no job store. Name another one in Jobs:Store.",
        SQLitePCL.raw.SQLITE_CORRUPT => $"The job store {_path} is damaged. Stop the service, keep a copy, and see what sqlite3's .recover saves.",
        SQLitePCL.raw.SQLITE_IOERR => $"The disk of the job store {_path} reports an error ({trouble.Message}).",
        _ => $"The job store {_path} cannot be used: {trouble.Message}",
    };

    /// <summary>WAL needs memory that all processes share: on a network file system two of them would destroy the file.</summary>
    private void CheckPlace()
    {
        string folder = Path.GetDirectoryName(_path)!;
        if (Directory.Exists(folder) && new DriveInfo(folder) is { DriveType: DriveType.Network } drive)
        {
            throw new JobStoreUnavailableException(
                $"The job store {_path} lies on a network file system ({drive.DriveFormat}), where SQLite cannot keep it safe. Set Jobs:Store to a file on a local disk.");
        }
    }

    private Session Connect(SqliteOpenMode mode)
    {
        Session session = new(_path, mode, _busyTimeout);
        try
        {
            session.Execute("PRAGMA synchronous = FULL");
            session.Execute("PRAGMA foreign_keys = ON");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Migrate(Session session)
    {
        long version = (long)session.Ask("PRAGMA user_version")!;
        if (version == Schema.Steps.Count && (long)session.Ask("PRAGMA application_id")! == Schema.ApplicationId)
        {
            return;
        }

        if ((string)session.Ask("PRAGMA journal_mode = WAL")! is var mode && mode != "wal")
        {
            throw new JobStoreUnavailableException($"The job store {_path} cannot be kept in WAL mode there (its file system gives '{mode}'). Set Jobs:Store to a file on a local disk.");
        }

        session.InTransaction(() => Upgrade(session));
    }

    private bool Upgrade(Session session)
    {
        long version = (long)session.Ask("PRAGMA user_version")!;   // another process may have been faster
        long owner = (long)session.Ask("PRAGMA application_id")!;
        bool isNew = version == 0 && owner == 0 && (long)session.Ask("SELECT count(*) FROM sqlite_master")! == 0;
        if (!isNew && owner != Schema.ApplicationId)
        {
            throw new JobStoreUnavailableException($"{_path} is a SQLite file of something else, not a job store. Name another one in Jobs:Store.");
        }

        if (version > Schema.Steps.Count)
        {
            throw new JobStoreUnavailableException(
                $"The job store {_path} is of version {version}, this PoseBatch knows versions up to {Schema.Steps.Count}. Use the newer PoseBatch, or another file.");
        }

        foreach (string step in Schema.Steps.Skip((int)version))
        {
            session.Execute(step);
        }

        session.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {Schema.ApplicationId}"));
        session.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Schema.Steps.Count}"));
        return true;
    }

    /// <summary>One connection and the turn to use it.</summary>
    private sealed class Lane : IDisposable
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public Session? Session { get; set; }

        public bool IsClosed { get; private set; }

        public void Drop()
        {
            Session?.Dispose();
            Session = null;
        }

        public void Dispose()
        {
            Gate.Wait();
            IsClosed = true;
            Drop();
            Gate.Release();
        }
    }
}
