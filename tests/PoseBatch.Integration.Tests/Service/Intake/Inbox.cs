using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Video;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Intake;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Intake;

/// <summary>A watched folder with everything around it real but the clock, the decoder and, where asked, the view on writers.</summary>
internal sealed class Inbox : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-inbox-");
    private readonly Func<string, Writers>? _writers;
    private readonly IVideoDecoder _decoder;

    public Inbox(Func<string, Writers>? writers = null, string afterJob = "leave", IVideoDecoder? decoder = null, TimeProvider? clock = null, double scanSeconds = 5)
    {
        _writers = writers;
        _decoder = decoder ?? Decoder;
        Settings = new()
        {
            Inbox = new() { Path = Path.Combine(_folder.FullName, "in"), AfterJob = afterJob, ScanSeconds = scanSeconds },
            Jobs = new() { Folder = Path.Combine(_folder.FullName, "jobs") },
            Output = new() { Root = Path.Combine(_folder.FullName, "results") },
        };
        ServiceClock = clock ?? Clock;
        RealStore = SqliteJobStore.Open(Path.Combine(_folder.FullName, "jobs.db"), Clock);
        Store = new(RealStore);
        Folder = Start();
    }

    public DrivenClock Clock { get; } = new();

    public TimeProvider ServiceClock { get; }

    public ScriptedDecoder Decoder { get; } = new();

    public SaidLog Log { get; } = new();

    public Settings Settings { get; }

    public IJobStore RealStore { get; }

    public MoodyStore Store { get; }

    public WatchedFolder Folder { get; private set; }

    public string Root => Settings.Inbox.Path;

    /// <summary>A path in the inbox.</summary>
    public string this[string name] => Path.Combine(Root, name);

    /// <summary>A path beside the inbox.</summary>
    public string Beside(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Another run of the service over the same store.</summary>
    public WatchedFolder Start()
    {
        Folder?.Dispose();
        JobSubmitter submitter = JobSubmitter.Open(Store, Settings);
        return Folder = _writers is null
            ? new(submitter, Store, _decoder, Settings, Log, ServiceClock)
            : new(submitter, Store, _decoder, Settings, Log, ServiceClock) { WritersOf = _writers };
    }

    /// <summary>Writes a file whole, changed at the time of the clock or so many seconds before.</summary>
    public string Write(string name, string content = "video", double age = 0)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, Clock.GetUtcNow().UtcDateTime.AddSeconds(-age));
        return path;
    }

    /// <summary>Appends to a file, or cuts it to nothing first.</summary>
    public void Change(string name, string content, bool cut = false)
    {
        string path = this[name];
        if (cut)
        {
            File.WriteAllText(path, content);
        }
        else
        {
            File.AppendAllText(path, content);
        }

        File.SetLastWriteTimeUtc(path, Clock.GetUtcNow().UtcDateTime);
    }

    /// <summary>One scan, then whatever it found due, then one more look.</summary>
    public async Task ScanAsync(double after = 0)
    {
        Clock.Advance(after);
        await Folder.ScanAsync(TestContext.Current.CancellationToken);
        await Folder.CheckDueAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>All jobs, oldest first.</summary>
    public async Task<IReadOnlyList<JobRecord>> JobsAsync() =>
        [.. (await RealStore.ListAsync(new() { Most = 1000 }, TestContext.Current.CancellationToken)).Reverse()];

    /// <summary>The sources of all jobs, within the inbox, sorted.</summary>
    public async Task<string[]> TakenAsync() =>
        [.. (await JobsAsync()).Select(job => Path.GetRelativePath(Root, job.Spec.Source.Path)).Order(StringComparer.Ordinal)];

    /// <summary>The only file that is waited for.</summary>
    public StabilisingFile Waiting() => Assert.Single(Folder.Settling);

    /// <summary>Runs the next job to its end.</summary>
    public async Task<JobRecord> EndNextAsync(bool fails = false)
    {
        JobLease? lease = await RealStore.ClaimAsync(new() { Worker = "test:1:1", Lease = TimeSpan.FromSeconds(60) }, TestContext.Current.CancellationToken);
        Assert.NotNull(lease);
        Assert.True(fails
            ? await RealStore.FailAsync(lease, ReasonCode.DecodeFailed, "No frame.", null, null, TestContext.Current.CancellationToken)
            : await RealStore.CompleteAsync(lease, Beside("results"), false, null, null, TestContext.Current.CancellationToken));
        return lease.Job;
    }

    public async ValueTask DisposeAsync()
    {
        Folder.Dispose();
        await RealStore.DisposeAsync();
        Clips.Run("rm", "-rf", _folder.FullName);   // .NET cannot name every file that may be in it
    }
}

/// <summary>A log that remembers what was said.</summary>
internal sealed class SaidLog : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _said = new();

    public IReadOnlyList<string> Lines => [.. _said.Select(line => line.Text)];

    public IReadOnlyList<string> Warnings => [.. _said.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _said.Enqueue((logLevel, formatter(state, exception)));
}
