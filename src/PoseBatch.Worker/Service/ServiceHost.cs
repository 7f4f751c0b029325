using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Api;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service;

/// <summary>Puts the service together and runs it until it is told to stop.</summary>
/// <param name="settings">The settings.</param>
/// <param name="logs">Makes loggers; not disposed of with the service, as its last words come after it.</param>
/// <param name="clock">The clock.</param>
internal sealed class ServiceHost(Settings settings, ILoggerFactory logs, TimeProvider clock)
{
    // Between the end of the drain and the end of the host: jobs handed over, children gone, the store told, answers sent.
    private static readonly TimeSpan HandingOver = TimeSpan.FromSeconds(15);

    private readonly ILogger _logger = logs.CreateLogger(Logging.Category);
    private readonly TimeSpan _drain = TimeSpan.FromSeconds(settings.Jobs.DrainSeconds);

    private bool Serves => settings.Service.Url.Length > 0;

    /// <summary>Runs the service until it is asked to stop.</summary>
    /// <param name="stop">Asks it to stop.</param>
    /// <param name="deadline">Bounds the end; told from when on jobs are held.</param>
    /// <exception cref="SettingsException">The settings do not fit together.</exception>
    /// <exception cref="PoseBatchException">ffmpeg is missing.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop before it ran.</exception>
    public async Task RunAsync(StopSignals stop, StopDeadline deadline)
    {
        ServiceChecks.Check(settings, _logger);
        FfmpegVideoDecoder decoder = ModelHost.OpenDecoder(settings);
        _ = decoder.Tools;
        stop.Asked.ThrowIfCancellationRequested();

        await using WebApplication app = Build(decoder, stop);
        await CheckStoreAsync(app.Services.Get<IJobStore>(), app.Services.Get<StoreHealth>(), stop.Asked);
        using IDisposable? push = MetricsPush.Start(settings.Service);
        stop.Asked.ThrowIfCancellationRequested();
        app.Services.Get<ReadinessCheck>().Look();   // the network is loaded meanwhile
        JobWorker worker = app.Services.Get<JobWorker>();
        using SystemdNotifier systemd = new(clock);
        Serve(app);
        Announce(app, worker, systemd);
        try
        {
            deadline.JobsBegin(_drain);
            stop.Asked.ThrowIfCancellationRequested();
            await RunAsync(app, stop);
        }
        finally
        {
            if (!worker.HoldsJobs)
            {
                deadline.JobsEnded();
            }
        }
    }

    /// <summary>A store that cannot be opened, or will not let us in, ends the start; a server that is away for now is waited for.</summary>
    private static async Task CheckStoreAsync(IJobStore store, StoreHealth health, CancellationToken stop)
    {
        try
        {
            await store.WorkersAsync(stop);
        }
        catch (JobStoreUnavailableException away) when (away.MayPass)
        {
            health.Away(away);
        }
    }

    private WebApplication Build(FfmpegVideoDecoder decoder, StopSignals stop)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs).AddSingleton(_logger).AddSingleton(clock).AddSingleton(settings)
            .AddJobStore(settings)
            .AddEngines(settings, decoder, stop.Asked)
            .AddResults()
            .AddMetrics()
            .AddWorkers(settings, stop.AtOnce)
            .AddIntake(settings)
            .AddApi(settings)
            .AddSingleton<IHostLifetime, OwnLifetime>()
            .Configure<HostOptions>(options =>
            {
                // Side by side: a client that takes its time must not cost the jobs theirs.
                options.ServicesStopConcurrently = true;
                options.ShutdownTimeout = _drain + HandingOver;
            });
        builder.WebHost.UseSockets(LostClients.Notice);
        if (!Serves)
        {
            // Without a server of its own the host still needs one that listens nowhere.
            builder.Services.AddSingleton<IServer, NoServer>();
        }

        return builder.Build();
    }

    private void Serve(WebApplication app)
    {
        if (Serves)
        {
            foreach (string address in settings.Service.Url.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                app.Urls.Add(address);
            }

            ServiceApi.Map(app, app.Services.Get<ServiceParts>());
        }
    }

    /// <summary>Says in the log and to systemd when the service runs and when it stops.</summary>
    private void Announce(WebApplication app, JobWorker worker, SystemdNotifier systemd)
    {
        OutputHealthCheck output = app.Services.Get<OutputHealthCheck>();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            ServiceLog.ServiceRuns(
                _logger, VersionText, Shown(settings.Inbox.Path), Shown(settings.Jobs.Folder), Path.GetFullPath(settings.Output.Root),
                JobStoreSetting.Describe(settings.Jobs.Store), worker.Slots, Serves ? string.Join(' ', app.Urls) : "no HTTP");
            if (output.Try() is { } problem)
            {
                JobLog.NotReady(_logger, problem.Message, problem.Advice);
            }

            systemd.Ready(() => worker.IsAlive);
        });
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            ServiceLog.ServiceStops(_logger, settings.Jobs.DrainSeconds);
            systemd.Stopping();
        });
    }

    private static async Task RunAsync(WebApplication app, StopSignals stop)
    {
        // Not to be cut in the middle: what has begun to take jobs must be told to hand them over.
        try
        {
            await app.StartAsync(CancellationToken.None);
        }
        catch
        {
            // The address is taken, say: jobs that were taken meanwhile are handed over.
            await app.StopAsync(CancellationToken.None);
            throw;
        }

        await using CancellationTokenRegistration asked = stop.Asked.Register(app.Lifetime.StopApplication);
        await app.WaitForShutdownAsync(CancellationToken.None);
    }

    private static string VersionText =>
        typeof(ServiceHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Shown(string folder) => folder.Length == 0 ? "none" : Path.GetFullPath(folder);
}
