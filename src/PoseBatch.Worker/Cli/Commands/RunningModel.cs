using PoseBatch.Models;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>Tells the user what runs.</summary>
internal static class RunningModel
{
    /// <summary>Says on standard error what runs, and in the log why nothing better does.</summary>
    /// <param name="host">What runs.</param>
    /// <param name="quiet">Says nothing on standard error.</param>
    /// <param name="logger">The log.</param>
    public static void Say(ModelHost host, bool quiet, ILogger logger)
    {
        foreach (string line in quiet ? [] : host.Description)
        {
            System.Console.Error.WriteLine(line);
        }

        foreach (ProviderRefusal refused in host.Refusals)
        {
            HostingLog.ProviderRefused(logger, refused.Provider, refused.Reason);
        }
    }
}
