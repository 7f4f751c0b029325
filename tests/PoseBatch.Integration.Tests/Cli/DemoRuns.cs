using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PoseBatch.Cli;

/// <summary>The demo run twice into one folder, as a user would, by the built program; shared by the tests that look at it.</summary>
public sealed class DemoRuns : IAsyncLifetime
{
    // Whatever a shell or ffmpeg could stumble over.
    private const string OddName = " it's my, demo; [5:0] 100%d\\";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-demo-");

    /// <summary>The folder the demo wrote to.</summary>
    public string Output => Path.Combine(_folder.FullName, OddName);

    /// <summary>What the first run printed.</summary>
    public string Text { get; private set; } = string.Empty;

    /// <summary>What the second run printed.</summary>
    public JsonElement Json { get; private set; }

    public (int First, int Second) ExitCodes { get; private set; }

    /// <summary>File name to content of the tables, after either run.</summary>
    public (SortedDictionary<string, byte[]> First, SortedDictionary<string, byte[]> Second) Tables { get; private set; }

    public async ValueTask InitializeAsync()
    {
        (int first, Text) = await RunAsync("demo", "--out", OddName);
        SortedDictionary<string, byte[]> tables = ReadTables();
        (int second, string json) = await RunAsync("demo", "--json", "--out", OddName);
        ExitCodes = (first, second);
        Tables = (tables, ReadTables());
        Json = JsonDocument.Parse(json).RootElement;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        // The dotnet that runs this test, wherever it is installed: shared/Microsoft.NETCore.App/VERSION lies below it.
        string dotnet = Path.GetFullPath("../../../dotnet", RuntimeEnvironment.GetRuntimeDirectory());
        ProcessStartInfo info = new(dotnet, ["exec", Path.Combine(AppContext.BaseDirectory, "posebatch.dll"), .. arguments])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + await errors);
    }

    private SortedDictionary<string, byte[]> ReadTables() => new(
        Directory.EnumerateFiles(Output, "*.parquet", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(Output, path), File.ReadAllBytes),
        StringComparer.Ordinal);
}
