using Microsoft.Extensions.Logging.Abstractions;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

/// <summary>Whether jobs can be run: the network, the store, the disk for results.</summary>
public sealed class ReadinessTests : IAsyncDisposable
{
    private static readonly PoseBatchException NoModel = new(ReasonCode.ModelMissing, "There is no model.", "Get one.");
    private static readonly PoseBatchException NoProvider = new(ReasonCode.ProviderUnavailable, "There is no cuda.", "Use auto.");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-readiness-");
    private readonly ManualClock _clock = new();
    private readonly FakeEngines _engines = new();
    private readonly FakeResults _results = new();
    private readonly EnginePool _pool;
    private readonly ReadinessCheck _models;
    private readonly StoreHealth _store;
    private readonly OutputHealth _output;
    private readonly ServiceReadiness _all;

    public ReadinessTests()
    {
        _pool = new(_engines);
        _models = new(_pool, () => EngineKey.Of(new Settings()), NullLogger.Instance, _clock, CancellationToken.None);
        _store = new(NullLogger.Instance, _clock);
        MountMonitor mounts = new(new([_folder.FullName], _folder.FullName));
        _output = new(new(mounts, _results, _folder.FullName), NullLogger.Instance, _clock);
        _all = new(_models, _pool, _output, _store);
    }

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_service_is_ready_when_its_network_is_loaded()
    {
        TaskCompletionSource ready = new();
        _engines.Ready = ready.Task;
        Assert.Equal(ReasonCode.ModelMissing, Assert.Single(_all.Look().Missing).Reason);   // it is still being loaded

        ready.SetResult();
        await TriedAsync(parts: 0);
        Assert.False(_all.HasGpu);
    }

    [Fact]
    public async Task A_network_on_anything_but_the_processor_means_a_gpu()
    {
        _engines.Provider = "cuda";
        await TriedAsync(parts: 0);

        Assert.True(_all.HasGpu);
    }

    [Fact]
    public async Task What_is_missing_is_looked_for_again_after_half_a_minute()
    {
        _engines.Fault = NoProvider;
        await TriedAsync(message: NoProvider.Message);
        Assert.Equal("provider", _all.Look().Missing[0].Part);

        _engines.Fault = null;
        _clock.Advance(30);
        Assert.Equal(NoProvider.Message, _all.Look().Missing[0].Message);
        _clock.Advance(0.1);
        await TriedAsync(parts: 0);
    }

    [Fact]
    public async Task What_was_found_is_not_looked_for_again()
    {
        await TriedAsync(parts: 0);
        _engines.Fault = NoModel;
        _clock.Advance(1e6);

        Assert.Empty(_all.Look().Missing);
    }

    [Fact]
    public async Task A_store_that_takes_no_changes_is_missing_for_as_long_as_somebody_has_just_found_so()
    {
        await TriedAsync(parts: 0);
        _store.Away(new("disk full."));
        Assert.Equal(("store", "disk full."), (Assert.Single(_all.Look().Missing).Part, _store.Problem));

        _clock.Advance(15);
        Assert.Empty(_all.Look().Missing);   // nobody has asked since

        _store.Away(new("disk full."));
        _store.ReportSuccess();
        Assert.Empty(_all.Look().Missing);
    }

    [Fact]
    public async Task Too_many_networks_that_hang_are_a_missing_runtime()
    {
        await TriedAsync(parts: 0);
        for (int count = 0; count < 3; count++)
        {
            (await _pool.RentAsync(new("m", null, "auto", 0, false), TestContext.Current.CancellationToken)).GiveUp();
        }

        Assert.Equal("runtime", Assert.Single(_all.Look().Missing).Part);
        Assert.True(_all.IsSpent);
    }

    [Fact]
    public void Nobody_tries_to_write_until_an_attempt_could_not()
    {
        _results.Fault = new(ReasonCode.DiskFull, "The disk is full.");

        Assert.True(_all.CanWrite());
        Assert.Equal(0, _results.Trials);
    }

    [Fact]
    public void A_disk_that_is_full_is_tried_once_a_second_until_there_is_room()
    {
        _results.Fault = new(ReasonCode.DiskFull, "The disk is full.");
        _output.ReportFailure();
        Assert.False(_all.CanWrite());
        Assert.Equal("The disk is full.", _output.Problem?.Message);

        _clock.Advance(0.9);
        Assert.False(_all.CanWrite());
        Assert.Equal(1, _results.Trials);

        _results.Fault = null;
        _clock.Advance(0.1);
        Assert.True(_all.CanWrite());
        Assert.Null(_output.Problem);
        Assert.True(_all.CanWrite());
        Assert.Equal(2, _results.Trials);   // nobody doubts it any more
    }

    /// <summary>Looks until the trial that runs has ended so.</summary>
    private async Task TriedAsync(int parts = 1, string? message = null)
    {
        while (_all.Look().Missing is var missing && (missing.Count != parts || (message is not null && missing[0].Message != message)))
        {
            await Task.Yield();
        }
    }
}
