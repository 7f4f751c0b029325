using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.Tables;
using PoseBatch.Video;
using PoseBatch.Worker.Catalogue;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Attempts;
using PoseBatch.Worker.Service.Intake;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service;

/// <summary>The parts of the service, group by group. What is made here is disposed of with the host, the youngest first.</summary>
internal static class ServiceGroups
{
    /// <summary>The job store, and the one way into it.</summary>
    public static IServiceCollection AddJobStore(this IServiceCollection services, Settings settings) => services
        .AddSingleton<IJobStore>(made => OpenStore(settings, made.Get<TimeProvider>()))
        .AddSingleton<StoreHealth>()
        .AddSingleton<WatchedStore>()
        .AddSingleton(made => JobSubmitter.Open(made.Get<IJobStore>(), settings));

    /// <summary>The decoder, the loaded networks and what may be missing of them.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="settings">All settings.</param>
    /// <param name="decoder">The decoder.</param>
    /// <param name="stop">Cancelled when the service is asked to stop.</param>
    public static IServiceCollection AddEngines(this IServiceCollection services, Settings settings, FfmpegVideoDecoder decoder, CancellationToken stop) => services
        .AddSingleton(decoder)
        .AddSingleton<IVideoDecoder>(decoder)
        .AddSingleton<IEngineLoader, EngineLoader>()
        .AddSingleton<EnginePool>()
        .AddSingleton(made => new ReadinessCheck(made.Get<EnginePool>(), () => UsualEngine(settings), made.Get<ILogger>(), made.Get<TimeProvider>(), stop));

    /// <summary>Where results go, and whether they can be written.</summary>
    public static IServiceCollection AddResults(this IServiceCollection services) => services
        .AddSingleton(_ => ModelHost.OpenResults())
        .AddSingleton(made => new OutputHealthCheck(made.Get<JobSubmitter>().Mounts, made.Get<IResultStore>(), made.Get<JobSubmitter>().Paths.OutputRoot))
        .AddSingleton<OutputHealth>();

    /// <summary>The meters.</summary>
    public static IServiceCollection AddMetrics(this IServiceCollection services) => services
        .AddSingleton(_ => new ServiceMetrics())
        .AddHostedService<MetricsRefresh>();

    /// <summary>What claims and runs jobs, and tells those who want to know of their ends.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="settings">All settings.</param>
    /// <param name="atOnce">Cancelled when running jobs are to be handed over as they are.</param>
    public static IServiceCollection AddWorkers(this IServiceCollection services, Settings settings, CancellationToken atOnce) => services
        .AddSingleton<LostChildren>()
        .AddSingleton(PartsOfAttempts)
        .AddSingleton<ServiceReadiness>()
        .AddSingleton<BeginAttempt>(made => (lease, mostSeconds, drain) => new JobAttempt(lease, made.Get<AttemptParts>(), mostSeconds, drain))
        .AddSingleton(made => new RunningJobs(WaitReason.SlotsOf(settings), made.Get<BeginAttempt>(), made.Get<ILogger>(), made.Get<TimeProvider>()))
        .AddSingleton(made => new JobClaims(made.Get<WatchedStore>(), made.Get<ServiceReadiness>(), settings.Jobs, WorkerName.Self))
        .AddSingleton(made => new DeadWorkers(made.Get<WatchedStore>(), WorkerName.IsKnownDead, made.Get<ILogger>()))
        .AddSingleton(made => new JobWorker(
            made.Get<RunningJobs>(), made.Get<JobClaims>(), made.Get<DeadWorkers>(), made.Get<ServiceReadiness>(), settings.Jobs, made.Get<TimeProvider>())
        { AtOnce = atOnce })
        .AddHostedService(made => new JobNotifier(made.Get<IJobStore>(), made.Get<ILogger>(), made.Get<TimeProvider>()))
        .AddHostedService(made => made.Get<JobWorker>());

    /// <summary>The watched folder and the folder for job files, where the settings name them.</summary>
    public static IServiceCollection AddIntake(this IServiceCollection services, Settings settings)
    {
        if (settings.Inbox.Path.Length > 0)
        {
            services.AddSingleton<WatchedFolder>().AddSingleton<IIntakeView>(made => made.Get<WatchedFolder>()).AddHostedService(made => made.Get<WatchedFolder>());
        }
        else
        {
            services.AddSingleton<IIntakeView, NoIntake>();
        }

        return settings.Jobs.Folder.Length > 0 ? services.AddHostedService<JobFolder>() : services;
    }

    /// <summary>What the HTTP side works with.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services, Settings settings)
    {
        ServiceApi.AddTo(services);
        return services.AddSingleton(made => new ServiceParts
        {
            Settings = settings,
            Store = made.Get<IJobStore>(),
            Submitter = made.Get<JobSubmitter>(),
            Intake = made.Get<IIntakeView>(),
            Metrics = made.Get<ServiceMetrics>(),
            Decoder = made.Get<FfmpegVideoDecoder>(),
            Readiness = made.Get<ServiceReadiness>().Look,
            OutputTrouble = () => made.Get<OutputHealth>().Problem,
            Output = made.Get<OutputHealthCheck>(),
            Logger = made.Get<ILogger>(),
            Clock = made.Get<TimeProvider>(),
        });
    }

    /// <summary>The part of that type.</summary>
    public static T Get<T>(this IServiceProvider made)
        where T : notnull => made.GetRequiredService<T>();

    private static EngineKey UsualEngine(Settings settings) => EngineKey.Of(new NamedModels(settings).Choose(null, null).Over(settings));

    private static AttemptParts PartsOfAttempts(IServiceProvider made) => new()
    {
        Store = made.Get<WatchedStore>(),
        Engines = made.Get<EnginePool>(),
        Submitter = made.Get<JobSubmitter>(),
        Results = made.Get<IResultStore>(),
        Output = made.Get<OutputHealth>(),
        Lost = made.Get<LostChildren>(),
        Metrics = made.Get<ServiceMetrics>(),
        Settings = made.Get<Settings>(),
        Logger = made.Get<ILogger>(),
    };

    private static IJobStore OpenStore(Settings settings, TimeProvider clock)
    {
        string store = settings.Jobs.Store;
        if (!JobStoreSetting.IsServer(store))
        {
            string path = Path.GetFullPath(store);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path) ?? path);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new JobStoreUnavailableException($"The folder of the job store {path} cannot be made: {fault.Message} Name another file in Jobs:Store.", fault);
            }
        }

        return JobStoreSetting.Open(store, clock);
    }
}
