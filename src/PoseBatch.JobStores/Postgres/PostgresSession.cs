using System.Buffers;
using System.Text;
using Npgsql;

namespace PoseBatch.JobStores.Postgres;

/// <summary>
/// One action on one connection, in as few round trips as it takes: a transaction begins with its first question, what is written is gathered, and
/// goes with the commit.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="clock">What <see cref="Now"/> is; null for the server's time at the begin of the transaction.</param>
internal sealed class PostgresSession(NpgsqlConnection connection, DateTimeOffset? clock)
{
    /// <summary>The time in a statement: its parameter <c>$1</c> is <see cref="Clock"/>.</summary>
    public const string NowInSql = "coalesce($1::timestamptz, date_trunc('milliseconds', now()))";

    private readonly List<NpgsqlBatchCommand> _writes = [];
    private DateTimeOffset? _now = clock;
    private bool _isToBegin;
    private bool _hasBegun;

    /// <summary>A time to be taken for the server's; null for none.</summary>
    public DateTimeOffset? Clock { get; } = clock;

    /// <summary>The time of the transaction, in whole milliseconds; known after its first question.</summary>
    public DateTimeOffset Now => _now ?? throw new InvalidOperationException("The server has not been asked yet.");

    /// <summary>Has the transaction begin with the first question.</summary>
    public void Begin() => _isToBegin = true;

    /// <summary>The rows of a statement.</summary>
    /// <param name="sql">With parameters <c>$1</c>, <c>$2</c> ...</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="values">The parameters; null for NULL.</param>
    public async Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values) => (await RowsAsync(read, (sql, values)))[0];

    /// <summary>The rows of several statements, one after the other in one round trip. Each sees what those before it have locked and changed.</summary>
    public async Task<List<T>[]> RowsAsync<T>(Func<NpgsqlDataReader, T> read, params (string Sql, object?[] Values)[] statements)
    {
        await using NpgsqlBatch batch = new(connection);
        bool begins = _isToBegin && !_hasBegun;
        if (begins)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
            batch.BatchCommands.Add(Command($"SELECT {NowInSql}", [Clock]));
            _hasBegun = true;
        }

        foreach ((string sql, object?[] values) in statements)
        {
            batch.BatchCommands.Add(Command(sql, values));
        }

        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
        if (begins)
        {
            await reader.ReadAsync();
            _now = reader.GetFieldValue<DateTimeOffset>(0);
            await reader.NextResultAsync();
        }

        List<T>[] results = new List<T>[statements.Length];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = [];
            while (await reader.ReadAsync())
            {
                results[i].Add(read(reader));
            }

            await reader.NextResultAsync();
        }

        return results;
    }

    /// <summary>Has a statement run with the commit, after those before it.</summary>
    public void Write(string sql, params object?[] values) => _writes.Add(Command(sql, values));

    /// <summary>Runs what was written, and commits.</summary>
    public async Task CommitAsync()
    {
        if (_isToBegin && !_hasBegun)
        {
            _writes.Insert(0, new NpgsqlBatchCommand("BEGIN"));
        }

        _writes.Add(new NpgsqlBatchCommand("COMMIT"));
        await FlushAsync();
        _isToBegin = _hasBegun = false;
    }

    /// <summary>Runs what was written, in one round trip.</summary>
    public async Task FlushAsync()
    {
        await using NpgsqlBatch batch = new(connection);
        foreach (NpgsqlBatchCommand command in _writes)
        {
            batch.BatchCommands.Add(command);
        }

        _writes.Clear();
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>Runs statements without parameters.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlBatchCommand Command(string sql, object?[] values)
    {
        NpgsqlBatchCommand command = new(sql);
        foreach (object? value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value is string text ? Storable(text) : value ?? DBNull.Value });
        }

        return command;
    }

    // PostgreSQL's texts are UTF-8 without NUL. A file name or a message of a library may hold either half of a surrogate pair, or NUL.
    private static string Storable(string text)
    {
        ReadOnlySpan<char> rest = text;
        bool isStorable = !rest.Contains('\0');
        while (isStorable && !rest.IsEmpty)
        {
            isStorable = Rune.DecodeFromUtf16(rest, out _, out int length) == OperationStatus.Done;
            rest = rest[length..];
        }

        return isStorable ? text : string.Concat(text.EnumerateRunes().Select(rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));
    }
}
