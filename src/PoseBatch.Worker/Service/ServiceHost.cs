using System.Reflection;
using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Api;
using PoseBatch.Worker.Service.Intake;
using PoseBatch.Worker.Service.Jobs;
using Serilog;

namespace PoseBatch.Worker.Service;

/// <summary>Puts the service together and runs it until it is told to stop. The only place that knows all its parts.</summary>
internal static class ServiceHost
{
    // Between the end of the drain and the end of the host: jobs handed over, children gone, the store told, answers sent.
    private static readonly TimeSpan HandingOver = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ViewPeriod = TimeSpan.FromSeconds(2);

    /// <summary>Runs the service until it is asked to stop.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="stop">Asks it to stop.</param>
    /// <param name="deadline">Bounds the end; told from when on jobs are held.</param>
    /// <exception cref="SettingsException">The settings do not fit together.</exception>
    /// <exception cref="PoseBatchException">ffmpeg is missing.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop before it ran.</exception>
    public static async Task RunAsync(Settings settings, StopSignals stop, StopDeadline deadline)
    {
        SayConfinement(settings);
        ServiceAddress.Check(settings.Service);
        VideoJobs.Check(JobDefaults.Of(settings));
        CheckFolders(settings);
        TimeProvider clock = TimeProvider.System;
        FfmpegVideoDecoder decoder = ModelHost.OpenDecoder(settings);
        _ = decoder.Tools;
        stop.Asked.ThrowIfCancellationRequested();

        await using IJobStore store = OpenStore(settings, clock);
        await using EnginePool engines = new(settings);
        using IDisposable? push = MetricsPush.Start(settings.Service);
        using ServiceMetrics metrics = new();
        using SystemdNotifier systemd = new(clock);
        JobSubmitter desk = JobSubmitter.Open(store, settings);
        stop.Asked.ThrowIfCancellationRequested();
        ReadinessCheck readiness = new(engines, settings, stop.Asked);
        readiness.Look();
        using JobNotifier notifier = new(store, clock);
        AttemptParts attempts = new(store, engines, desk, settings, metrics, clock);
        using JobWorker worker = new(attempts, WorkerName.Self, () => readiness.HasGpu) { AtOnce = stop.AtOnce };
        metrics.WatchQueue(() => engines.Waiting);

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Services.AddSerilog(Logging.Sink);   // not disposed of with the host: its last words come after it
        TimeSpan drain = TimeSpan.FromSeconds(settings.Jobs.DrainSeconds);
        builder.Services.AddSingleton<IHostLifetime, OwnLifetime>();
        builder.Services.Configure<HostOptions>(options =>
        {
            // Side by side: a client that takes its time must not cost the jobs theirs.
            options.ServicesStopConcurrently = true;
            options.ShutdownTimeout = drain + HandingOver;
        });
        builder.Services.AddSingleton<IHostedService>(notifier);
        builder.Services.AddSingleton<IHostedService>(worker);
        IIntakeView intake = new NoIntake();
        if (settings.Inbox.Path.Length > 0)
        {
            WatchedFolder inbox = new(desk, store, decoder, settings, Logging.Logger, clock);
            intake = inbox;
            builder.Services.AddSingleton<IHostedService>(inbox);
        }

        if (settings.Jobs.Folder.Length > 0)
        {
            builder.Services.AddSingleton<IHostedService>(new JobFolder(desk, settings, Logging.Logger, clock));
        }

        bool serves = settings.Service.Url.Length > 0;
        builder.WebHost.UseSockets(LostClients.Notice);
        if (!serves)
        {
            // Without a server of its own the host still needs one that listens nowhere.
            builder.Services.AddSingleton<Microsoft.AspNetCore.Hosting.Server.IServer, NoServer>();
        }

        ServiceApi.AddTo(builder.Services);
        await using WebApplication app = builder.Build();
        if (serves)
        {
            foreach (string address in settings.Service.Url.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                app.Urls.Add(address);
            }

            ServiceApi.Map(app, new ServiceParts
            {
                Settings = settings,
                Store = store,
                Desk = desk,
                Intake = intake,
                Metrics = metrics,
                Decoder = decoder,
                Readiness = () => WithEngines(WithStore(readiness.Look(), attempts.Health.Problem), engines),
                OutputTrouble = () => attempts.Output.Problem,
                Logger = Logging.Logger,
                Clock = clock,
            });
        }

        app.Lifetime.ApplicationStarted.Register(() =>
        {
            ServiceLog.ServiceRuns(
                Logging.Logger, VersionText, Shown(settings.Inbox.Path), Shown(settings.Jobs.Folder), desk.OutputRoot,
                Path.GetFullPath(settings.Jobs.Store), worker.Slots, serves ? string.Join(' ', app.Urls) : "no HTTP");
            if (OutputHealthCheck.Try(desk) is { } output)
            {
                ServiceLog.NotReady(Logging.Logger, output.Message, output.Advice);
            }

            systemd.Ready(() => worker.IsAlive);
        });
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            ServiceLog.ServiceStops(Logging.Logger, settings.Jobs.DrainSeconds);
            systemd.Stopping();
        });

        using CancellationTokenSource viewing = CancellationTokenSource.CreateLinkedTokenSource(app.Lifetime.ApplicationStopping);
        Task view = RefreshAsync(metrics, engines, store, intake, clock, viewing.Token);
        try
        {
            deadline.JobsBegin(drain);
            stop.Asked.ThrowIfCancellationRequested();

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
        finally
        {
            if (!worker.HoldsJobs)
            {
                deadline.JobsEnded();
            }

            await viewing.CancelAsync();
            await view;
        }
    }

    // That the store can be read says nothing about a disk that is full.
    private static Readiness WithStore(Readiness found, string? problem) => problem is null
        ? found
        : new([.. found.Missing, new UnavailablePart("store", ReasonCode.Internal, problem, "Look at Jobs:Store and the disk it lies on.")]);

    private static Readiness WithEngines(Readiness found, EnginePool engines) => !engines.IsSpent
        ? found
        : new([.. found.Missing, new UnavailablePart(
            "runtime", ReasonCode.Stalled, $"{engines.Hanging} networks hang in ONNX Runtime, whose calls cannot be interrupted: no more jobs are taken.",
            "Restart the service; waiting jobs are kept. If it comes again, look for the model that hangs in the log (left behind), and at the device's driver.")]);

    private static string VersionText =>
        typeof(ServiceHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    // Of two uses of one folder each would take the other's files for its own.
    private static void CheckFolders(Settings settings)
    {
        if (settings.Inbox.Path.Length == 0)
        {
            return;
        }

        string inbox = Real(settings.Inbox.Path);
        (string Name, string Path, string Harm)[] others =
        [
            ("Output:Root", settings.Output.Root, "results would lie among the videos"),
            ("Jobs:Folder", settings.Jobs.Folder, "profiles would be taken for jobs"),
        ];
        string[] problems =
        [
            .. others.Where(other => other.Path.Length > 0 && Real(other.Path) == inbox)
                .Select(other => $"Inbox:Path and {other.Name} are the same folder, '{inbox}': {other.Harm}. Give each a folder of its own; one may lie in the other."),
        ];
        if (problems.Length > 0)
        {
            throw new SettingsException(problems);
        }

        static string Real(string folder)
        {
            try
            {
                return RealPath.Of(folder);
            }
            catch (IOException circle)
            {
                throw new SettingsException([circle.Message]);
            }
        }
    }

    private static string Shown(string folder) => folder.Length == 0 ? "none" : Path.GetFullPath(folder);

    private static SqliteJobStore OpenStore(Settings settings, TimeProvider clock)
    {
        string path = Path.GetFullPath(settings.Jobs.Store);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path) ?? path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new JobStoreUnavailableException($"The folder of the job store {path} cannot be made: {fault.Message} Name another file in Jobs:Store.", fault);
        }

        return SqliteJobStore.Open(path, clock);
    }

    private static void SayConfinement(Settings settings)
    {
        if (Environment.IsPrivilegedProcess)
        {
            ServiceLog.RunsAsRoot(Logging.Logger);
        }

        foreach (string lack in SelfLauncher.Lacks(settings))
        {
            ServiceLog.NotConfined(Logging.Logger, lack);
        }
    }

    private static async Task RefreshAsync(
        ServiceMetrics metrics, EnginePool engines, IJobStore store, IIntakeView intake, TimeProvider clock, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                metrics.InferredSoFar(engines.Inferring);
                await metrics.RefreshAsync(store, intake, cancellation);
                await Task.Delay(ViewPeriod, clock, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }
}
