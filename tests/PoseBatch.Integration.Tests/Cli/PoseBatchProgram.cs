using System.Diagnostics;
using System.Text.Json;

namespace PoseBatch.Cli;

/// <summary>Runs the built program as a user does.</summary>
internal static class PoseBatchProgram
{
    /// <summary>Its path.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "posebatch");

    /// <summary>The program behind the script of that name.</summary>
    public static string Host { get; } = Path.Combine(AppContext.BaseDirectory, "posebatch-host");

    /// <summary>The clip that comes with the repository.</summary>
    public static string DemoClip { get; } = Path.Combine(Repository.Root, "models", "demo", "demo.mp4");

    /// <summary>Starts it; the caller waits and disposes.</summary>
    public static Process Start(string folder, params string[] arguments) => Start(folder, Executable, arguments);

    /// <summary>Runs a line of shell to its end, in which <c>"$0"</c> is the program.</summary>
    public static Task<Ended> RunInShellAsync(string folder, string line) => EndOf(Start(folder, "/bin/sh", ["-c", line, Executable]));

    /// <summary>Starts a line of shell in which <c>"$0"</c> is the program; nothing reads what it says.</summary>
    public static Process StartInShell(string folder, string line) =>
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line + " >/dev/null 2>&1", Executable]) { WorkingDirectory = folder })!;

    /// <summary>Runs it to its end.</summary>
    public static Task<Ended> RunAsync(string folder, params string[] arguments) => EndOf(Start(folder, arguments));

    private static Process Start(string folder, string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<Ended> EndOf(Process started)
    {
        using Process process = started;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await errors);
    }

    /// <summary>What a run left.</summary>
    public sealed record Ended(int ExitCode, string Output, string Errors)
    {
        /// <summary>Each line of standard output as a JSON object.</summary>
        public IReadOnlyList<JsonElement> Json => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
