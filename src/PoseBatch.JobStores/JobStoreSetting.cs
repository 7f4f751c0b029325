using PoseBatch.Jobs;
using PoseBatch.JobStores.Postgres;
using PoseBatch.JobStores.Sqlite;

namespace PoseBatch.JobStores;

/// <summary>What <c>Jobs:Store</c> may be: a SQLite file, for one machine, or the address of a PostgreSQL database, for any number.</summary>
public static class JobStoreSetting
{
    /// <summary>Whether it is an address rather than a file.</summary>
    public static bool IsServer(string setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return PostgresAddress.IsOne(setting);
    }

    /// <summary>For logs and messages: the full path, or the address without a password.</summary>
    /// <exception cref="JobStoreUnavailableException">The address cannot be read.</exception>
    public static string Describe(string setting) => IsServer(setting) ? PostgresAddress.Describe(PostgresAddress.Parse(setting)) : Path.GetFullPath(setting);

    /// <summary>Opens the store. A file is opened here, a server when it is first asked: it may be away for now.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="clock">Tells all times of a file; a server has its own clock.</param>
    /// <exception cref="JobStoreUnavailableException">The file cannot be opened, or the address not be read.</exception>
    public static IJobStore Open(string setting, TimeProvider clock) => IsServer(setting) ? PostgresJobStore.Open(setting) : SqliteJobStore.Open(setting, clock);
}
