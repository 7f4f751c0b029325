using System.Diagnostics;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.RegularExpressions;
using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;

namespace PoseBatch.Service;

/// <summary>
/// <c>posebatch run</c> as its own process in a folder of its own, watched through its store. It serves on a port that the system
/// chooses, which it says in its log.
/// </summary>
internal sealed partial class RunningService : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<Uri?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _log = [];
    private readonly List<(string Text, TaskCompletionSource Said)> _listeners = [];

    private RunningService(string folder, Process process)
    {
        (Folder, _process) = (folder, process);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>Its current folder: inbox, jobs, results and store lie in it.</summary>
    public string Folder { get; }

    /// <summary>Process number.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Where it serves.</summary>
    public Uri? Url { get; private set; }

    /// <summary>What it said so far.</summary>
    public string LogText
    {
        get
        {
            lock (_log)
            {
                return string.Join('\n', _log);
            }
        }
    }

    /// <summary>Starts a service and waits until it says that it runs.</summary>
    /// <param name="folder">Its current folder.</param>
    /// <param name="settings">Settings as <c>Section:Key</c>, value; a key without a colon is a variable of the environment as it is.</param>
    public static Task<RunningService> StartAsync(string folder, params (string Key, string Value)[] settings) => StartAsync([], folder, settings);

    /// <summary>The same, by a program that becomes the service, such as <c>setpriv</c>.</summary>
    /// <param name="launcher">The program and its arguments.</param>
    /// <param name="folder">Its current folder.</param>
    /// <param name="settings">As above.</param>
    public static async Task<RunningService> StartAsync(string[] launcher, string folder, params (string Key, string Value)[] settings)
    {
        string[] line = [.. launcher, PoseBatchProgram.Executable, "run", "--url", "http://127.0.0.1:0"];
        ProcessStartInfo start = new(line[0], line[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["POSEBATCH__Inbox__ScanSeconds"] = "0.2";
        start.Environment["POSEBATCH__Inbox__SettleSeconds"] = "0";
        foreach ((string key, string value) in settings)
        {
            string variable = key.Contains(':', StringComparison.Ordinal) ? "POSEBATCH__" + key.Replace(":", "__", StringComparison.Ordinal) : key;
            start.Environment[variable] = value;
        }

        RunningService service = new(folder, Process.Start(start)!);
        service.Url = await service._ready.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException($"The service ended before it ran:\n{service.LogText}");
        return service;
    }

    /// <summary>Its store, opened beside it.</summary>
    public SqliteJobStore OpenStore() => SqliteJobStore.Open(Path.Combine(Folder, "posebatch.db"), TimeProvider.System);

    /// <summary>Waits for the store's jobs to be as wanted; the test's own limit of time is the only one.</summary>
    public static async Task<IReadOnlyList<JobRecord>> JobsAsync(SqliteJobStore store, Func<IReadOnlyList<JobRecord>, bool> wanted)
    {
        using StoreChanges changes = new(store.FilePath);
        while (true)
        {
            IReadOnlyList<JobRecord> jobs = await ListAsync(store);
            if (wanted(jobs))
            {
                return jobs;
            }

            await changes.NextAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for the store's jobs to be over; the test's own limit of time is the only one.</summary>
    public static async Task<IReadOnlyList<JobRecord>> JobsAsync(SqliteJobStore store, JobsOver wanted)
    {
        using StoreChanges changes = new(store.FilePath);
        while (!await wanted.IsSoAsync(store))
        {
            await changes.NextAsync(TestContext.Current.CancellationToken);
        }

        return await ListAsync(store);
    }

    /// <summary>All jobs are over, and there are at least so many.</summary>
    public static JobsOver AllOver(int count) => new(count);

    /// <summary>Sends a signal: TERM, KILL, STOP, CONT.</summary>
    public void Signal(string name)
    {
        // Who is gone already needs no signal, and a test run no word of that.
        string id = ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using Process kill = Process.Start(new ProcessStartInfo("kill", ["-" + name, id]) { RedirectStandardError = true })!;
        kill.WaitForExit();
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal("TERM");
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Waits until it is gone.</summary>
    /// <returns>Its exit code; 128 and the signal's number when one ended it.</returns>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Waits until it is gone, however that comes about.</summary>
    public Task WaitForExitAsync() => _process.WaitForExitAsync(TestContext.Current.CancellationToken);

    /// <summary>Returns when a line of its log has held the text, be it before the call.</summary>
    public Task SaysAsync(string text)
    {
        lock (_log)
        {
            TaskCompletionSource said = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _listeners.Add((text, said));
            if (_log.Exists(line => line.Contains(text, StringComparison.Ordinal)))
            {
                said.SetResult();
            }

            return said.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>SIGABRT until it is gone: the runtime catches the first, and two that arrive at once are one.</summary>
    public async Task AbortAsync()
    {
        while (!_process.HasExited)
        {
            Signal("ABRT");
        }

        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGKILL, and until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Hands a job in over HTTP.</summary>
    /// <returns>The id of the job.</returns>
    public async Task<string> SubmitAsync(object job)
    {
        using HttpClient http = new() { BaseAddress = Url };
        using StringContent content = new(JsonSerializer.Serialize(job), System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync("/api/jobs", content, TestContext.Current.CancellationToken);
        string said = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, said);
        using JsonDocument document = JsonDocument.Parse(said);
        return document.RootElement.GetProperty("job_id").GetString()!;
    }

    /// <summary>Listens to the service's events until so many have come.</summary>
    public async Task HearEventsAsync(int count)
    {
        using HttpClient http = new() { BaseAddress = Url, Timeout = Timeout.InfiniteTimeSpan };
        using StreamReader events = new(await http.GetStreamAsync("/api/events", TestContext.Current.CancellationToken));
        while (count > 0 && await events.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            count -= line.StartsWith("data:", StringComparison.Ordinal) ? 1 : 0;
        }
    }

    /// <summary>Listens to one job until nothing has happened to it for as long as the service takes for worth saying (15 s of its own clock).</summary>
    /// <returns>The events before that: <c>history</c>, <c>job</c>.</returns>
    public async Task<IReadOnlyList<string>> HearNothingOfAsync(string job)
    {
        using HttpClient http = new() { BaseAddress = Url, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Accept.ParseAdd("text/event-stream");
        await using Stream body = await http.GetStreamAsync($"/api/jobs/{job}/events", TestContext.Current.CancellationToken);
        List<string> heard = [];
        await foreach (SseItem<string> item in SseParser.Create(body).EnumerateAsync(TestContext.Current.CancellationToken))
        {
            if (item.EventType == "ping")
            {
                return heard;
            }

            heard.Add(item.EventType);
        }

        throw new InvalidOperationException($"The stream ended after {string.Join(", ", heard)}.");
    }

    /// <summary>Asks the API.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        (HttpStatusCode status, JsonElement body) = await AskAsync(path);
        Assert.True((int)status < 300, $"{status}: {body}");
        return body;
    }

    /// <summary>Asks the API, whatever it answers.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(string path)
    {
        using HttpClient http = new() { BaseAddress = Url };
        using HttpResponseMessage answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (answer.StatusCode, document.RootElement.Clone());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static Task<IReadOnlyList<JobRecord>> ListAsync(SqliteJobStore store) =>
        store.ListAsync(new JobQuery { Most = 1000 }, TestContext.Current.CancellationToken);

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+", RegexOptions.RightToLeft | RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    private void Hear(string? line)
    {
        if (line is null)
        {
            _ready.TrySetResult(null);
            return;
        }

        lock (_log)
        {
            _log.Add(line);
            foreach ((string text, TaskCompletionSource said) in _listeners)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    said.TrySetResult();
                }
            }
        }

        if (line.Contains(" runs: ", StringComparison.Ordinal) && Address().Match(line) is { Success: true } address)
        {
            _ready.TrySetResult(new Uri(address.Value));
        }
    }
}
