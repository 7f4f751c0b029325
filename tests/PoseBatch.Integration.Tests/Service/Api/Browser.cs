using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PoseBatch.Service.Api;

/// <summary>A headless Chromium with one page, spoken to in its own protocol. Tests that need it skip where there is none.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _closing = new();
    private int _last;
    private Task _listening = Task.CompletedTask;
    private Task _draining = Task.CompletedTask;

    private Browser(Process process, string profile) => (_process, _profile) = (process, profile);

    /// <summary>Errors the page logged or threw.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    /// <summary>Starts the browser with a page of that size.</summary>
    public static async Task<Browser> StartAsync(int width, int height)
    {
        string? program = Environment.GetEnvironmentVariable("PATH")!.Split(':')
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, "Chromium is not installed, so the page is not tried in a browser.");
        string profile = Directory.CreateTempSubdirectory("posebatch-browser-").FullName;
        ProcessStartInfo start = new(
            program!,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--hide-scrollbars",
                "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0", $"--user-data-dir={profile}",
                $"--window-size={width},{height}", "about:blank",
            ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        Browser browser = new(process, profile);
        try
        {
            // The first lines name the door: "DevTools listening on ws://...".
            Uri door = new((await LineAsync(process, "DevTools listening on ")).Trim());
            browser._draining = Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
            using HttpClient http = new();
            JsonElement pages = JsonElement.Parse(await http.GetByteArrayAsync($"http://{door.Authority}/json", TestContext.Current.CancellationToken));
            string page = pages.EnumerateArray().First(one => one.GetProperty("type").GetString() == "page").GetProperty("webSocketDebuggerUrl").GetString()!;
            await browser._socket.ConnectAsync(new Uri(page), TestContext.Current.CancellationToken);
            browser._listening = browser.ListenAsync();
            await browser.SendAsync("Runtime.enable");
            await browser.SendAsync("Log.enable");
            await browser.SendAsync("Page.enable");
            await browser.ResizeAsync(width, height);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    public Task ResizeAsync(int width, int height) => SendAsync(
        "Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = false });

    public Task DarkAsync(bool dark) => SendAsync(
        "Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = dark ? "dark" : "light" } } });

    public Task OpenAsync(string address) => SendAsync("Page.navigate", new { url = address });

    /// <summary>The value of an expression.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        JsonElement answer = await SendAsync("Runtime.evaluate", new { expression, returnByValue = true, awaitPromise = true });
        return answer.TryGetProperty("exceptionDetails", out JsonElement fault)
            ? throw new InvalidOperationException(fault.GetRawText())
            : answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    /// <summary>Waits, drawing by drawing, until an expression is true.</summary>
    public async Task UntilAsync(string expression)
    {
        Stopwatch patience = Stopwatch.StartNew();
        while (!(await EvaluateAsync($"new Promise(r => requestAnimationFrame(() => r(Boolean({expression}))))")).GetBoolean())
        {
            if (patience.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new TimeoutException($"Not within a minute: {expression}. The page shows: {await EvaluateAsync("document.body.innerText")} Errors: {string.Join("; ", Errors)}");
            }
        }
    }

    public async Task KeyAsync(string key, int code, int modifiers = 0)
    {
        string text = key.Length == 1 ? key : string.Empty;
        await SendAsync("Input.dispatchKeyEvent", new { type = "keyDown", key, code = key == " " ? "Space" : key, windowsVirtualKeyCode = code, modifiers, text });
        await SendAsync("Input.dispatchKeyEvent", new { type = "keyUp", key, code = key == " " ? "Space" : key, windowsVirtualKeyCode = code, modifiers });
    }

    /// <summary>Drags a file over the middle of the page and lets it go.</summary>
    public async Task DropAsync(string path)
    {
        foreach (string type in new[] { "dragEnter", "dragOver", "drop" })
        {
            await SendAsync("Input.dispatchDragEvent", new { type, x = 200, y = 300, data = new { items = Array.Empty<object>(), files = new[] { path }, dragOperationsMask = 1 } });
        }
    }

    /// <summary>A picture of the whole page, kept where POSEBATCH_SCREENSHOTS names a folder.</summary>
    public async Task<byte[]> PictureAsync(string name)
    {
        JsonElement answer = await SendAsync("Page.captureScreenshot", new { format = "png", captureBeyondViewport = true });
        byte[] picture = answer.GetProperty("data").GetBytesFromBase64();
        if (Environment.GetEnvironmentVariable("POSEBATCH_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), picture);
        }

        return picture;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        await _listening;
        await _draining;
        _process.Dispose();
        _socket.Dispose();
        _sending.Dispose();
        _closing.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A child of the browser was still writing; the system clears its temporary folder.
        }
    }

    private static async Task<string> LineAsync(Process process, string start)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line[start.Length..];
            }
        }

        throw new InvalidOperationException("The browser ended at once.");
    }

    private async Task<JsonElement> SendAsync(string method, object? parameters = null)
    {
        int id = Interlocked.Increment(ref _last);
        TaskCompletionSource<JsonElement> answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        JsonObject message = new() { ["id"] = id, ["method"] = method, ["params"] = JsonSerializer.SerializeToNode(parameters ?? new { }) };
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, _closing.Token);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    private async Task ListenAsync()
    {
        byte[] buffer = new byte[1 << 16];
        using MemoryStream message = new();
        try
        {
            while (true)
            {
                WebSocketReceiveResult part = await _socket.ReceiveAsync(buffer, _closing.Token);
                message.Write(buffer, 0, part.Count);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                if (part.EndOfMessage)
                {
                    Take(JsonElement.Parse(message.ToArray()));
                    message.SetLength(0);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            foreach (TaskCompletionSource<JsonElement> one in _waiting.Values)
            {
                one.TrySetCanceled();
            }
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out JsonElement id) && _waiting.TryRemove(id.GetInt32(), out TaskCompletionSource<JsonElement>? waiting))
        {
            if (message.TryGetProperty("error", out JsonElement error))
            {
                waiting.TrySetException(new InvalidOperationException(error.GetRawText()));
            }
            else
            {
                waiting.TrySetResult(message.GetProperty("result"));
            }

            return;
        }

        string? method = message.TryGetProperty("method", out JsonElement name) ? name.GetString() : null;
        if (method == "Runtime.exceptionThrown"
            || (method == "Log.entryAdded" && message.GetProperty("params").GetProperty("entry").GetProperty("level").GetString() == "error")
            || (method == "Runtime.consoleAPICalled" && message.GetProperty("params").GetProperty("type").GetString() == "error"))
        {
            Errors.Enqueue(message.GetRawText());
        }
    }
}
