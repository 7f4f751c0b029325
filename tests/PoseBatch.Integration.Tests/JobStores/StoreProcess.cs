using System.Diagnostics;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Postgres;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Notebooks;

namespace PoseBatch.JobStores;

/// <summary>The way into this program: as a worker that shares a job store with other processes, or else as xunit's test host.</summary>
internal static class StoreProcess
{
    /// <summary>The kind of <see cref="SqliteJobStore"/>; its place is the file.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>The kind of <see cref="PostgresJobStore"/>; its place is the address.</summary>
    public const string Postgres = "postgres";

    private const string Role = "--store-worker";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [DuckDbProcess.Role])
        {
            return DuckDbProcess.Run(Console.In, Console.Out);
        }

        if (arguments is not [Role, string kind, string place, string name])
        {
            return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments);
        }

        await using IJobStore store = Open(kind, place, TimeProvider.System);
        JobClaim claim = new() { Worker = name, Lease = TimeSpan.FromHours(1) };
        while (await store.ClaimAsync(claim, default) is { } lease)
        {
            await store.AdvanceAsync(lease, JobStatus.Running, null, default);
            await store.CommitSegmentAsync(lease, 0, "one", default);
            if (await store.CompleteAsync(lease, "/r", false, null, null, default))
            {
                Console.WriteLine($"{name} {lease.Id}");
            }
        }

        return 0;
    }

    /// <summary>Opens the store of a kind.</summary>
    public static IJobStore Open(string kind, string place, TimeProvider clock) => kind switch
    {
        Sqlite => SqliteJobStore.Open(place, clock),
        Postgres => PostgresJobStore.Open(place, clock == TimeProvider.System ? null : clock),
        _ => throw new ArgumentException($"No store of the kind '{kind}'.", nameof(kind)),
    };

    /// <summary>Starts a worker in a process of its own: it claims and completes until nothing is to be done.</summary>
    public static Child Start(string kind, string place, string name)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, typeof(StoreProcess).Assembly.GetName().Name!), [Role, kind, place, name])
        {
            RedirectStandardOutput = true,
        };
        return new Child(name, Process.Start(start)!);
    }

    /// <summary>A worker process. Each line it says is its name and the id of a job it has completed.</summary>
    internal sealed class Child(string name, Process process)
    {
        public string Name { get; } = name;

        /// <summary>The next lines; fewer when it has ended before.</summary>
        public async Task<IReadOnlyList<string>> ReadAsync(int most)
        {
            List<string> lines = [];
            while (lines.Count < most && await process.StandardOutput.ReadLineAsync() is { } line)
            {
                lines.Add(line);
            }

            return lines;
        }

        /// <summary>All it has still to say.</summary>
        public async Task<IReadOnlyList<string>> ReadToEndAsync()
        {
            IReadOnlyList<string> lines = await ReadAsync(int.MaxValue);
            await process.WaitForExitAsync();
            process.Dispose();
            return lines;
        }

        /// <summary>Ends it without a chance to say or do anything (SIGKILL).</summary>
        /// <returns>Whole lines it had said before.</returns>
        public async Task<IReadOnlyList<string>> KillAsync()
        {
            process.Kill();
            return [.. (await ReadToEndAsync()).Where(line => line.Length == Name.Length + 1 + Ulid.Length)];
        }
    }
}
