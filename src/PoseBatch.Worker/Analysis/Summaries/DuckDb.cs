using DuckDB.NET.Data;

namespace PoseBatch.Worker.Analysis.Summaries;

/// <summary>A DuckDB in the memory of this process. Used by one caller at a time.</summary>
internal sealed class DuckDb : IDisposable
{
    // Nothing is fetched from anywhere: what a question needs is built in, or it is refused.
    private const string Offline = "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;";

    private readonly DuckDBConnection _connection;

    private DuckDb(DuckDBConnection connection) => _connection = connection;

    /// <summary>Opens one.</summary>
    /// <exception cref="PoseBatchException">internal: this program was built without DuckDB.</exception>
    public static DuckDb Open()
    {
        DuckDBConnection? connection = null;
        try
        {
            connection = new("DataSource=:memory:");
            connection.Open();
            DuckDb engine = new(connection);
            engine.Run(Offline);
            return engine;
        }
        catch (Exception fault)
        {
            connection?.Dispose();
            if (fault.GetBaseException() is DllNotFoundException)
            {
                throw new PoseBatchException(
                    ReasonCode.Internal,
                    "This PoseBatch was built without DuckDB (-p:DuckDb=false).",
                    "Build it without that property; or print the views with --print-views and use them in a DuckDB elsewhere, for example `import duckdb` in Python.",
                    fault);
            }

            throw;
        }
    }

    /// <summary>Runs statements whose rows are of no interest.</summary>
    /// <exception cref="DuckDBException">They are wrong.</exception>
    public void Run(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs statements and writes the rows of each that has any.</summary>
    /// <param name="sql">One or more, separated by semicolons.</param>
    /// <param name="format">How the rows are written.</param>
    /// <param name="output">Where to.</param>
    /// <param name="cancellation">Interrupts the running statement.</param>
    /// <exception cref="DuckDBException">They are wrong, or were interrupted.</exception>
    public void Ask(string sql, QueryFormat format, TextWriter output, CancellationToken cancellation)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        using CancellationTokenRegistration onCancel = cancellation.Register(command.Cancel);
        try
        {
            using DuckDBDataReader rows = command.ExecuteReader();
            bool isFirst = true;
            do
            {
                if (rows.FieldCount == 0)
                {
                    continue;
                }

                if (!isFirst && format != QueryFormat.Json)
                {
                    output.WriteLine();
                }

                QueryRows.Write(rows, format, output);
                isFirst = false;
            }
            while (rows.NextResult());
        }
        catch (DuckDBException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();
}
