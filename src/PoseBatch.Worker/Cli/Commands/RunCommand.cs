using System.CommandLine;
using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch run</c>: the service.</summary>
internal static class RunCommand
{
    /// <summary>The word on the command line.</summary>
    public const string Verb = "run";

    /// <param name="signals">Heard since the program began; null to listen when the service starts.</param>
    public static Command Create(StopSignals? signals = null)
    {
        Option<string?> inbox = new("--inbox") { Description = "Folder to watch. Default: the configured one (inbox).", HelpName = "DIR" };
        Option<string?> output = new("--out", "-o") { Description = "Folder for results. Default: the configured one (results).", HelpName = "DIR" };
        Option<string?> url = new("--url") { Description = "Where the live page and the API are served. Default: the configured one (http://127.0.0.1:8478).", HelpName = "URL" };
        CommonOptions common = new();
        CommonOptions.NeverBlank(inbox);
        CommonOptions.NeverBlank(output);
        Command command = new(Verb, "Watch a folder, take jobs, serve the live page, until stopped.") { inbox, output, url };
        common.AddTo(command);
        command.SetAction(async parsed =>
        {
            using StopSignals? own = signals is null ? StopSignals.Listen() : null;
            StopSignals stop = signals ?? own!;
            using StopDeadline deadline = new(
                TimeProvider.System, limit => ServiceLog.StopOverdue(Logging.Logger, limit.TotalSeconds), ProcessEnd.Now, stop.Asked);
            Settings settings = common.LoadService(parsed);
            settings = settings with
            {
                Inbox = settings.Inbox with { Path = parsed.GetValue(inbox) ?? settings.Inbox.Path },
                Output = settings.Output with { Root = parsed.GetValue(output) ?? settings.Output.Root },
                Service = settings.Service with { Url = parsed.GetValue(url) ?? settings.Service.Url },
            };
            try
            {
                await new ServiceHost(settings, Logging.Factory, TimeProvider.System).RunAsync(stop, deadline);
                return deadline.ExitCodeNow;
            }
            catch (Exception cut) when (stop.Asked.IsCancellationRequested && cut is not SettingsException)
            {
                // Asked to stop before it ran, as a rule: whatever was begun ended with it.
                return deadline.ExitCodeNow;
            }
            catch (JobStoreUnavailableException away)
            {
                await System.Console.Error.WriteLineAsync(away.Message);
                return ExitCode.NotReady;
            }
            catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
            {
                await System.Console.Error.WriteLineAsync($"{settings.Service.Url} is taken: another service runs there, or choose another address with --url.");
                return ExitCode.NotReady;
            }
            catch (Exception refused) when (refused.GetBaseException() is System.Net.Sockets.SocketException why)
            {
                await System.Console.Error.WriteLineAsync(
                    $"{settings.Service.Url} cannot be served ({why.Message}): name an address of this machine and a port this user may open with --url.");
                return ExitCode.NotReady;
            }
        });
        return command;
    }
}
