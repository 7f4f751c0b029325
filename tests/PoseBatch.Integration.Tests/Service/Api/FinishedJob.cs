using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Service.Api;

/// <summary>A service with a job that a worker has completed: the clip of the repository through the model of the repository.</summary>
public sealed class FinishedJob : IAsyncLifetime
{
    internal TestService Service { get; private set; } = null!;

    internal string Id { get; private set; } = string.Empty;

    internal string Folder { get; private set; } = string.Empty;

    internal string Source { get; private set; } = string.Empty;

    public async ValueTask InitializeAsync()
    {
        Service = await TestService.StartAsync();
        (Id, Folder, Source) = await CompleteAsync(Service, "walk.mp4");
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    /// <summary>Submits a copy of the clip and does what a worker does, up to the end.</summary>
    internal static async Task<(string Id, string Folder, string Source)> CompleteAsync(TestService service, string name, string? clip = null)
    {
        string source = service.AddVideo(name, clip ?? PoseBatchProgram.DemoClip);
        JsonElement job = await service.SubmitAsync(new { source = new { path = name } });
        JobLease lease = await service.ClaimAsync();
        await service.Store.AdvanceAsync(lease, JobStatus.Running, null, TestContext.Current.CancellationToken);
        await using ModelHost host = ModelHost.Open(new Settings());
        JobReport report = await host.Runner(TimeProvider.System).RunAsync(
            new VideoJob { Path = source, OutputRoot = service.Results }, null, TestContext.Current.CancellationToken);
        Assert.Equal(RunOutcome.Completed, report.State);
        Assert.True(await service.Store.CompleteAsync(lease, report.ResultPath!, false, null, null, TestContext.Current.CancellationToken));
        return (job.GetProperty("job_id").GetString()!, report.ResultPath!, source);
    }
}
