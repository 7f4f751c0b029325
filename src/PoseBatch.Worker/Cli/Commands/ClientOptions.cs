using System.CommandLine;
using PoseBatch.Worker.Cli.Client;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>The options that say which jobs a client verb speaks of: those of the local store, or those of a service.</summary>
internal sealed class ClientOptions
{
    private readonly Option<Uri?> _server = new("--server")
    {
        Description = "A running service, for example http://127.0.0.1:8478. Default: the job store of this machine (Jobs:Store).",
        HelpName = "URL",
        CustomParser = result => Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" ? url : Wrong(result),
    };

    private readonly Option<string?> _apiKey = new("--api-key") { Description = "The service's key. Default: the configured one (Service:ApiKey).", HelpName = "KEY" };
    private readonly Option<string?> _config = new("--config") { Description = "Configuration file, read after appsettings.json.", HelpName = "FILE" };

    public ClientOptions()
    {
        CommonOptions.NeverBlank(_apiKey);
        CommonOptions.NeverBlank(_config);
    }

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _server, _apiKey, _config })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The settings; starts the log as they say.</summary>
    /// <exception cref="SettingsException">The configuration is wrong.</exception>
    public Settings Load(ParseResult parsed)
    {
        (Settings settings, IConfiguration configuration) = SettingsLoader.Load(parsed.GetValue(_config));
        Logging.Start(configuration);
        return settings;
    }

    /// <summary>Whether the jobs are those of a service that may be elsewhere.</summary>
    public bool IsRemote(ParseResult parsed) => parsed.GetValue(_server) is not null;

    /// <summary>The jobs.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="settings">What <see cref="Load"/> gave.</param>
    /// <param name="mayBegin">Whether a local store is begun where there is none.</param>
    /// <exception cref="Jobs.JobStoreUnavailableException">There is no store.</exception>
    /// <exception cref="SettingsException">The key cannot be one.</exception>
    public IJobAccess Open(ParseResult parsed, Settings settings, bool mayBegin = false)
    {
        if (parsed.GetValue(_server) is not { } server)
        {
            return LocalJobs.Open(settings, mayBegin);
        }

        string? given = parsed.GetValue(_apiKey), key = given ?? settings.Service.ApiKey;
        return ApiKey.FaultOf(key) is { } fault
            ? throw new SettingsException([$"{(given is null ? "Service:ApiKey" : "--api-key")} {fault}"])
            : new RemoteJobs(server, string.IsNullOrEmpty(key) ? null : key, new SocketsHttpHandler());
    }

    private static Uri? Wrong(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"--server: '{result.Tokens[0].Value}' is no address. Write it like http://127.0.0.1:8478.");
        return null;
    }
}
