using System.Reflection;
using System.Runtime.InteropServices;

namespace PoseBatch.Jobs;

/// <summary>
/// Binds the SQLite provider to the system's library, which the distribution patches, instead of one that comes with a package
/// (docs/decisions/0005-job-store.md).
/// </summary>
public static class SystemSqlite
{
    private static readonly Lazy<string> Bound = new(Bind);

    /// <summary>Version of the library, for example 3.40.1. Loads it at the first call.</summary>
    /// <exception cref="JobStoreUnavailableException">It is not there, or too old; the message says what to install.</exception>
    public static string Version => Bound.Value;

    private static string FileName =>
        OperatingSystem.IsWindows() ? "winsqlite3" : OperatingSystem.IsMacOS() ? "libsqlite3.dylib" : "libsqlite3.so.0";

    private static string Bind()
    {
        if (!NativeLibrary.TryLoad(FileName, out nint library))
        {
            throw new JobStoreUnavailableException($"{FileName} does not load: the job store needs SQLite. Install it: apt-get install libsqlite3-0.");
        }

        NativeLibrary.SetDllImportResolver(
            typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, (string name, Assembly _, DllImportSearchPath? _) => name == "e_sqlite3" ? library : 0);
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
        string version = SQLitePCL.raw.sqlite3_libversion().utf8_to_string();

        // UPDATE ... RETURNING came with 3.35.
        return System.Version.TryParse(version, out System.Version? known) && known < new Version(3, 35)
            ? throw new JobStoreUnavailableException($"{FileName} is SQLite {version}; the job store needs 3.35 or newer. Update libsqlite3-0.")
            : version;
    }
}
