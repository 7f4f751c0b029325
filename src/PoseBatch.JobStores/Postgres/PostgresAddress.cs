using Npgsql;
using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Postgres;

/// <summary>
/// Where a PostgreSQL store is: <c>postgres://user@host:5432/database</c>, with settings of Npgsql behind a question mark
/// (<c>?sslmode=require&amp;search path=posebatch</c>), or a connection string of Npgsql (<c>Host=...;Database=...</c>). A password is best left out:
/// PGPASSWORD, or a file named by PGPASSFILE (default <c>~/.pgpass</c>), gives it.
/// </summary>
internal static class PostgresAddress
{
    /// <summary>Whether a setting names a PostgreSQL store rather than a file.</summary>
    public static bool IsOne(string setting) =>
        setting.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
        || setting.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
        || setting.StartsWith("Host=", StringComparison.OrdinalIgnoreCase)
        || setting.StartsWith("Server=", StringComparison.OrdinalIgnoreCase);

    /// <summary>What Npgsql needs, with the guards of the store.</summary>
    /// <exception cref="JobStoreUnavailableException">It cannot be read.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string setting)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = setting.Contains("://", StringComparison.Ordinal) ? OfUri(setting) : new NpgsqlConnectionStringBuilder(setting);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException)
        {
            // Neither the setting nor the fault is repeated: either may hold a password.
            throw Unreadable(fault);
        }

        builder.ApplicationName ??= "posebatch";
        builder.Timeout = Kept(builder, nameof(builder.Timeout), builder.Timeout, 5);
        builder.CommandTimeout = Kept(builder, "Command Timeout", builder.CommandTimeout, 15);
        builder.MaxPoolSize = Kept(builder, "Maximum Pool Size", builder.MaxPoolSize, 8);
        builder.ConnectionIdleLifetime = Kept(builder, "Connection Idle Lifetime", builder.ConnectionIdleLifetime, 60);
        builder.NoResetOnClose = true;   // nothing is set for a session, and a pool in transaction mode knows no sessions

        // A worker that is frozen, or a network that is cut, must not hold a row for longer.
        builder.Options ??= "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s";
        return builder;
    }

    /// <summary>For messages: without a password.</summary>
    public static string Describe(NpgsqlConnectionStringBuilder builder) =>
        $"postgres://{(builder.Username is { } user ? user + "@" : string.Empty)}{builder.Host}:{builder.Port}/{builder.Database}";

    private static int Kept(NpgsqlConnectionStringBuilder builder, string key, int given, int otherwise) => builder.ContainsKey(key) ? given : otherwise;

    private static NpgsqlConnectionStringBuilder OfUri(string setting)
    {
        if (!Uri.TryCreate(setting, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0 || uri.AbsolutePath.Trim('/').Contains('/', StringComparison.Ordinal))
        {
            throw new FormatException("no host, or more than a database behind it");
        }

        NpgsqlConnectionStringBuilder builder = new() { Host = uri.Host, Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort };
        string[] user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user is [_, { Length: > 0 } password])
        {
            builder.Password = Uri.UnescapeDataString(password);
        }

        if (uri.AbsolutePath.Trim('/') is { Length: > 0 } database)
        {
            builder.Database = Uri.UnescapeDataString(database);
        }

        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            builder[Uri.UnescapeDataString(parts[0])] = Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : string.Empty);
        }

        return builder;
    }

    private static JobStoreUnavailableException Unreadable(Exception fault) => new(
        $"Jobs:Store names a PostgreSQL server, but cannot be read ({Cause(fault)}). It should be postgres://USER@HOST:PORT/DATABASE, or a connection string such as Host=HOST;Database=DATABASE;Username=USER.")
    {
        MayPass = false,
    };

    private static string Cause(Exception fault) => fault is FormatException ? fault.Message : "a setting that Npgsql does not know, or a value it does not take";
}
