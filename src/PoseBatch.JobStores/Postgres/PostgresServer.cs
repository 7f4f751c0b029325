using System.Net.Sockets;
using Npgsql;
using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Postgres;

/// <summary>
/// The PostgreSQL server of a store: brings its tables up to date, runs actions in transactions, and turns every trouble into a
/// <see cref="JobStoreUnavailableException"/> in plain words. Connections are opened when they are needed, so that everything works again once
/// it can. Thread-safe.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    // Two transactions that wait for each other: the server ends one of them, which then finds the other over.
    private const int MostTries = 5;

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnectionStringBuilder _address;
    private readonly TimeProvider? _clock;

    private readonly SemaphoreSlim _upgrade = new(1, 1);
    private bool _isUpToDate;

    /// <summary>Knows a server; nothing is asked of it yet.</summary>
    /// <param name="address">See <see cref="PostgresAddress"/>.</param>
    /// <param name="clock">Tells all times; null for the server's own clock, which all machines share.</param>
    public PostgresServer(NpgsqlConnectionStringBuilder address, TimeProvider? clock) =>
        (_source, _address, _clock) = (NpgsqlDataSource.Create(address), address, clock);

    private string Name => PostgresAddress.Describe(_address);

    /// <summary>Runs an action that only reads.</summary>
    public Task<T> ReadAsync<T>(Func<PostgresSession, Task<T>> action, CancellationToken cancellation) => GuardAsync(async () =>
    {
        await using NpgsqlConnection connection = await ConnectAsync(cancellation);
        return await action(new PostgresSession(connection, clock: null));
    });

    /// <summary>Runs an action in a transaction; when the task has completed its changes are safe.</summary>
    /// <param name="action">Does all or, when it throws, nothing; run again when the server ended it for another's sake.</param>
    /// <param name="cancellation">Stops waiting for a connection; an action that has begun goes on to its end.</param>
    public Task<T> WriteAsync<T>(Func<PostgresSession, Task<T>> action, CancellationToken cancellation) => GuardAsync(async () =>
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                await using NpgsqlConnection connection = await ConnectAsync(cancellation);
                return await InTransactionAsync(connection, action);
            }
            catch (PostgresException conflict) when (tries < MostTries && conflict.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
            }
        }
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _upgrade.Dispose();
    }

    /// <summary>A connection to a database whose tables are up to date.</summary>
    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        if (!Volatile.Read(ref _isUpToDate))
        {
            await _upgrade.WaitAsync(cancellation);
            try
            {
                if (!_isUpToDate)
                {
                    await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation);
                    await InTransactionAsync(connection, async session =>
                    {
                        await UpgradeAsync(session);
                        return true;
                    });
                    Volatile.Write(ref _isUpToDate, true);
                }
            }
            finally
            {
                _upgrade.Release();
            }
        }

        return await _source.OpenConnectionAsync(cancellation);
    }

    private async Task<T> InTransactionAsync<T>(NpgsqlConnection connection, Func<PostgresSession, Task<T>> action)
    {
        PostgresSession session = new(connection, _clock is null ? null : Milliseconds(_clock.GetUtcNow()));
        session.Begin();
        try
        {
            T result = await action(session);
            await session.CommitAsync();
            return result;
        }
        catch
        {
            await RollBackAsync(session);
            throw;
        }
    }

    private static async Task RollBackAsync(PostgresSession session)
    {
        try
        {
            await session.ExecuteAsync("ROLLBACK");
        }
        catch (Exception gone) when (gone is NpgsqlException or InvalidOperationException or IOException)
        {
            // With the connection the transaction is gone, too.
        }
    }

    // As whole milliseconds, like the server's.
    private static DateTimeOffset Milliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    // One process after the other: whoever finds the tables made has nothing to do.
    private async Task UpgradeAsync(PostgresSession session)
    {
        await session.RowsAsync("SELECT pg_advisory_xact_lock($1)", _ => true, PostgresSchema.UpgradeLock);
        if (_address.SearchPath is { Length: > 0 } schema && schema.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
        {
            await session.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {schema}");
        }

        await session.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_version (only_row bool PRIMARY KEY DEFAULT true CHECK (only_row), version int NOT NULL)");
        int version = (await session.RowsAsync("SELECT version FROM schema_version", row => row.GetInt32(0))).FirstOrDefault();
        if (version > PostgresSchema.Steps.Count)
        {
            throw new JobStoreUnavailableException(
                $"The job store {Name} is of version {version}, this PoseBatch knows versions up to {PostgresSchema.Steps.Count}. Use the newer PoseBatch, or another database.")
            {
                MayPass = false,
            };
        }

        foreach (string step in PostgresSchema.Steps.Skip(version))
        {
            await session.ExecuteAsync(step);
        }

        session.Write("INSERT INTO schema_version (version) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET version = $1", PostgresSchema.Steps.Count);
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (PostgresException refused)
        {
            throw new JobStoreUnavailableException($"The job store {Name} {PostgresTrouble.Words(refused)}", refused) { MayPass = PostgresTrouble.MayPass(refused) };
        }
        catch (Exception trouble) when (trouble is NpgsqlException or SocketException or TimeoutException or IOException)
        {
            throw new JobStoreUnavailableException($"The job store {Name} cannot be reached: {PostgresTrouble.Words(trouble)}", trouble);
        }
        catch (InvalidDataException damage)
        {
            throw new JobStoreUnavailableException(
                $"The job store {Name} is damaged: {damage.Message.TrimEnd('.')}. Delete that row with psql, or go back to a backup.", damage);
        }
    }
}
