using Npgsql;

namespace PoseBatch.JobStores.Postgres;

/// <summary>What a PostgreSQL server says when it does not do as it is told, in plain words.</summary>
internal static class PostgresTrouble
{
    /// <summary>Ends a sentence that begins with the store.</summary>
    public static string Words(PostgresException refused) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"does not let us in: {refused.MessageText}. Give the password in PGPASSWORD or in a file named by PGPASSFILE (~/.pgpass), and the user in Jobs:Store.",
        PostgresErrorCodes.InvalidCatalogName => $"is not there: {refused.MessageText}. Create it (createdb), or name another in Jobs:Store.",
        PostgresErrorCodes.InsufficientPrivilege => $"refuses us the right: {refused.MessageText}. The user needs CREATE on the database or its schema, and all rights on the tables.",
        PostgresErrorCodes.TooManyConnections => "has no connection left (max_connections). Raise that, or put a pool such as pgbouncer before it.",
        PostgresErrorCodes.DiskFull => "has a full disk. Free some space there.",
        PostgresErrorCodes.ReadOnlySqlTransaction => "takes no changes: it is read-only, a standby perhaps.",
        PostgresErrorCodes.LockNotAvailable => "kept a row locked for longer than we wait: another program or an open transaction holds it.",
        PostgresErrorCodes.QueryCanceled => "took longer for a statement than it may, or ended it by request.",
        PostgresErrorCodes.CannotConnectNow => $"does not take connections yet: {refused.MessageText}.",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => $"is being shut down: {refused.MessageText}.",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn => $"has lost tables: {refused.MessageText}. Go back to a backup, or start the service again to begin anew.",
        PostgresErrorCodes.ProtocolViolation when refused.MessageText.Contains("startup parameter", StringComparison.Ordinal) =>
            $"stands behind a pool that does not take our settings: {refused.MessageText}. For pgbouncer, set ignore_startup_parameters = options.",
        _ => $"cannot be used: {refused.MessageText} (SQLSTATE {refused.SqlState}).",
    };

    /// <summary>Ends a sentence that says that the server cannot be reached.</summary>
    public static string Words(Exception trouble)
    {
        string message = (trouble.InnerException ?? trouble).Message;
        return message.EndsWith('.') ? message : message + ".";
    }

    /// <summary>Whether waiting may help.</summary>
    public static bool MayPass(PostgresException refused) => refused.SqlState is not
        (PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege
            or PostgresErrorCodes.ProtocolViolation);
}
