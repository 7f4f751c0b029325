using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service;
using PoseBatch.Worker.Service.Api;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Api;

/// <summary>The HTTP side over a real store in a folder of its own, without network. Removed with the test.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private static JsonElement? _description;   // the same for every service

    private readonly WebApplication _app;
    private readonly string _folder;

    private TestService(WebApplication app, string folder, ServiceParts parts, JsonElement description)
    {
        (_app, _folder, Parts) = (app, folder, parts);
        // Whatever a test asks, the answer is one that the description names.
        Client = app.Services.GetService<IServer>() is TestServer server
            ? new HttpClient(new DescribedAnswers(server.CreateHandler(), description)) { BaseAddress = server.BaseAddress }
            : new HttpClient(new DescribedAnswers(new SocketsHttpHandler(), description)) { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public ServiceParts Parts { get; }

    public IJobStore Store => Parts.Store;

    public HttpClient Client { get; }

    /// <summary>Everything that is mapped.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    public string Inbox => Path.Combine(_folder, "inbox");

    public string Videos => Path.Combine(_folder, "videos");

    public string Results => Path.Combine(_folder, "results");

    public static async Task<TestService> StartAsync(
        Func<Settings, Settings>? change = null, Func<ServiceParts, ServiceParts>? refit = null, bool onNetwork = false,
        TimeSpan? storePatience = null)
    {
        string folder = Directory.CreateTempSubdirectory("posebatch-api-").FullName;
        foreach (string name in new[] { "inbox", "videos", "results" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        Settings settings = new()
        {
            Inbox = new() { Path = Path.Combine(folder, "inbox") },
            Jobs = new() { Roots = [Path.Combine(folder, "videos")], Store = Path.Combine(folder, "jobs.db"), Folder = string.Empty },
            Output = new() { Root = Path.Combine(folder, "results") },
        };
        settings = change?.Invoke(settings) ?? settings;
        SqliteJobStore store = SqliteJobStore.Open(settings.Jobs.Store, TimeProvider.System, storePatience ?? TimeSpan.FromSeconds(30));
        JobSubmitter submitter = JobSubmitter.Open(store, settings);
        ServiceParts parts = new()
        {
            Settings = settings,
            Store = store,
            Submitter = submitter,
            Intake = new NoIntake(),
            Metrics = new ServiceMetrics(Path.GetFileName(folder)),
            Decoder = ModelHost.OpenDecoder(settings),
            Readiness = () => Readiness.Complete,
            Output = new OutputHealthCheck(submitter.Mounts, ModelHost.OpenResults(), submitter.Paths.OutputRoot),
            Logger = NullLogger.Instance,
            Clock = TimeProvider.System,
        };
        parts = refit?.Invoke(parts) ?? parts;

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (onNetwork)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.WebHost.UseSockets(LostClients.Notice);
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        ServiceApi.AddTo(builder.Services);
        WebApplication app = builder.Build();
        ServiceApi.Map(app, parts);
        await app.StartAsync();
        return new(app, folder, parts, _description ??= JsonElement.Parse(await ApiDescription.MakeAsync(app.Services, CancellationToken.None)));
    }

    /// <summary>Puts a file where jobs may find it.</summary>
    public string AddVideo(string name, string? from = null)
    {
        string path = Path.Combine(Videos, name);
        if (from is null)
        {
            File.WriteAllText(path, "not really a video");
        }
        else
        {
            File.Copy(from, path);
        }

        return path;
    }

    /// <summary>Submits a job for a video and returns it.</summary>
    public async Task<JsonElement> SubmitAsync(object job)
    {
        using HttpResponseMessage answer = await Client.PostAsJsonAsync("/api/jobs", job, TestContext.Current.CancellationToken);
        return await JsonAsync(answer);
    }

    /// <summary>Takes the next job as a worker does.</summary>
    public async Task<JobLease> ClaimAsync() =>
        await Store.ClaimAsync(new JobClaim { Worker = "test:1:1", Lease = TimeSpan.FromMinutes(5) }, TestContext.Current.CancellationToken)
        ?? throw new InvalidOperationException("There is nothing to claim.");

    /// <summary>The JSON of an answer.</summary>
    public static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) =>
        JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Parts.Metrics.Dispose();
        await Store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
