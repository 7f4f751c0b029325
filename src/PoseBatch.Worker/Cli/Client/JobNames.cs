using PoseBatch.Jobs;

namespace PoseBatch.Worker.Cli.Client;

/// <summary>From what somebody types for a job to the job: its id in any case, or the beginning or end of one of the newest.</summary>
internal static class JobNames
{
    private const int NewestLooked = 1000;
    private const int MostNamed = 5;

    /// <summary>The id that is meant. Of a whole one nobody knows yet whether there is such a job.</summary>
    /// <param name="jobs">The jobs.</param>
    /// <param name="text">As typed, not empty.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobNameException">It may mean several jobs, or means none.</exception>
    public static async Task<string> ResolveAsync(IJobAccess jobs, string text, CancellationToken cancellation)
    {
        string id = text.ToUpperInvariant();
        if (id.Length == Ulid.Length)
        {
            return id;
        }

        (IReadOnlyList<JobRecord> newest, _) = await jobs.ListAsync(new JobQuery { Most = NewestLooked }, cancellation);
        string[] meant = [.. newest.Select(job => job.Id).Where(known => known.StartsWith(id, StringComparison.Ordinal) || known.EndsWith(id, StringComparison.Ordinal))];
        return meant switch
        {
            [string one] => one,
            [] => throw new JobNameException($"There is no job {text}."),
            _ => throw new JobNameException(
                $"{text} may mean {meant.Length} jobs: {string.Join(", ", meant.Take(MostNamed))}{(meant.Length > MostNamed ? ", ..." : string.Empty)}. Write more of the id; its end tells most."),
        };
    }
}

/// <summary>What was typed is no job, or not one alone; the message says so.</summary>
internal sealed class JobNameException(string message) : Exception(message);
