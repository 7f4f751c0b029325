using Microsoft.Data.Sqlite;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>One open connection with its prepared statements. Used by one caller at a time.</summary>
internal sealed class Session : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    /// <summary>Opens the file.</summary>
    /// <param name="path">The SQLite file.</param>
    /// <param name="mode">Whether it may be created.</param>
    /// <param name="busyTimeout">How long a statement waits for another process's lock.</param>
    /// <exception cref="SqliteException">It cannot be opened now.</exception>
    public Session(string path, SqliteOpenMode mode, TimeSpan busyTimeout)
    {
        // SQLite's own busy handler waits; the provider's loop on top of it ends at its first look at the clock.
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 1,
        }.ToString());
        try
        {
            _connection.Open();
            Execute(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(int)busyTimeout.TotalMilliseconds}"));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs an action in a transaction that takes the write lock at once, so that it cannot fail half-way for want of it. When it
    /// throws, the session must be disposed of: that rolls it back.
    /// </summary>
    public T InTransaction<T>(Func<T> action)
    {
        Run("BEGIN IMMEDIATE");
        T result = action();
        Run("COMMIT");
        return result;
    }

    /// <summary>Runs statements that return nothing of interest; they are not kept.</summary>
    public void Execute(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row of a statement that is not kept; null when there is no row.</summary>
    public object? Ask(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Runs a statement and reads its rows.</summary>
    /// <param name="sql">Prepared at its first use, and kept.</param>
    /// <param name="read">Called once per row.</param>
    /// <param name="values">Parameters with their <c>$</c>; null is NULL.</param>
    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!_prepared.TryGetValue(sql, out SqliteCommand? command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            _prepared.Add(sql, command);
        }

        command.Parameters.Clear();
        foreach ((string name, object? value) in values)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        List<T> rows = [];
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Runs a statement that returns no rows.</summary>
    public void Run(string sql, params ReadOnlySpan<(string Name, object? Value)> values) => Rows(sql, _ => true, values);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SqliteCommand command in _prepared.Values)
        {
            command.Dispose();
        }

        _prepared.Clear();
        _connection.Dispose();
    }
}
