using Npgsql;

namespace PoseBatch.JobStores.Postgres;

/// <summary>A connection for the length of one action: statements at once, or several in one round trip.</summary>
internal sealed class PostgresSession(NpgsqlConnection connection)
{
    private NpgsqlBatch? _writes;

    /// <summary>The rows of one statement.</summary>
    /// <param name="sql">With parameters <c>$1</c>, <c>$2</c> ...</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="values">The parameters; null for NULL.</param>
    public Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        NpgsqlBatch batch = new(connection);
        batch.BatchCommands.Add(Command(sql, values));
        return RowsAsync(batch, read);
    }

    /// <summary>Locks rows with the first statement and reads them with the second, as they are once the lock is held.</summary>
    /// <param name="locking">Its rows are thrown away.</param>
    /// <param name="sql">Has the same parameters.</param>
    /// <param name="read">Reads one row of the second.</param>
    /// <param name="values">The parameters; null for NULL.</param>
    public Task<List<T>> LockedRowsAsync<T>(string locking, string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        NpgsqlBatch batch = new(connection);
        batch.BatchCommands.Add(Command(locking, values));
        batch.BatchCommands.Add(Command(sql, values));
        return RowsAsync(batch, read, skip: 1);
    }

    /// <summary>Has a statement run by the next <see cref="FlushAsync"/>, after those before it.</summary>
    public void Write(string sql, params ReadOnlySpan<object?> values) => (_writes ??= new NpgsqlBatch(connection)).BatchCommands.Add(Command(sql, values));

    /// <summary>Runs what <see cref="Write"/> has gathered, in one round trip.</summary>
    public async Task FlushAsync()
    {
        if (_writes is { } writes)
        {
            _writes = null;
            await using (writes)
            {
                await writes.ExecuteNonQueryAsync();
            }
        }
    }

    /// <summary>Runs statements without parameters.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<T>> RowsAsync<T>(NpgsqlBatch batch, Func<NpgsqlDataReader, T> read, int skip = 0)
    {
        await using (batch)
        {
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync();
            for (int i = 0; i < skip; i++)
            {
                await reader.NextResultAsync();
            }

            List<T> rows = [];
            while (await reader.ReadAsync())
            {
                rows.Add(read(reader));
            }

            return rows;
        }
    }

    private static NpgsqlBatchCommand Command(string sql, ReadOnlySpan<object?> values)
    {
        NpgsqlBatchCommand command = new(sql);
        foreach (object? value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value is string text ? Storable(text) : value ?? DBNull.Value });
        }

        return command;
    }

    // PostgreSQL's texts are UTF-8 without NUL. A name or a message of a library may hold either half of what is neither.
    private static string Storable(string text)
    {
        ReadOnlySpan<char> rest = text;
        bool isStorable = !rest.Contains('\0');
        while (isStorable && !rest.IsEmpty)
        {
            isStorable = System.Text.Rune.DecodeFromUtf16(rest, out _, out int length) == System.Buffers.OperationStatus.Done;
            rest = rest[length..];
        }

        return isStorable ? text : string.Concat(text.EnumerateRunes().Select(rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));
    }
}
