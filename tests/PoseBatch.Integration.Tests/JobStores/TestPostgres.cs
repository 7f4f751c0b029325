using System.Diagnostics;
using PoseBatch.JobStores;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace PoseBatch.JobStores;

/// <summary>
/// A PostgreSQL server for the tests that want one: begun by the first of them, on a socket in a folder of its own, ended with the tests or
/// when their process goes in whatever way.
/// </summary>
public sealed class TestPostgres : IDisposable
{
    private const string Missing = "PostgreSQL is not installed.";
    private static readonly Lock Gate = new();
    private static TestPostgres? _running;

    private readonly TemporaryFolder? _folder;
    private readonly Process? _server;

    /// <summary>Made by xunit before the first test; begins nothing.</summary>
    public TestPostgres()
    {
    }

    private TestPostgres(string programs)
    {
        _folder = new TemporaryFolder();
        string data = _folder["data"];
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", "postgres", _folder.Path);
        }

        Run(_folder.Path, Path.Combine(programs, "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync");

        // The shell holds the server's life: when our end of its input closes, the server is told to stop.
        string settings = $"-k {_folder.Path} -c listen_addresses= -c max_connections=200 -c fsync=off";
        _server = Start(_folder.Path, [
            "/bin/sh", "-c", "\"$0\" -D data -l server.log -o \"$1\" -w start && echo up; read -r _; exec \"$0\" -D data -m fast stop", Path.Combine(programs, "pg_ctl"), settings]);
        string? line;
        do
        {
            line = _server.StandardOutput.ReadLine();
            Assert.True(line is not null, "The PostgreSQL server did not start.");
        }
        while (line != "up");
    }

    /// <summary>An address of the server, whose tables stand in a schema of their own.</summary>
    /// <param name="name">Tells the schema from others.</param>
    public static string Address(string name)
    {
        lock (Gate)
        {
            _running ??= new TestPostgres(Programs());
            return $"Host={_running._folder!.Path};Database=postgres;Username=postgres;Search Path=t{Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(name))}";
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Gate)
        {
            _running?.Stop();
            _running = null;
        }
    }

    private static string Programs()
    {
        string? programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(Directory.Exists).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        if (programs is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", Missing);
            Assert.Fail(Missing);
        }

        return programs;
    }

    // PostgreSQL refuses to be run by root.
    private static Process Start(string folder, string[] command)
    {
        string[] whole = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", .. command] : command;
        return Process.Start(new ProcessStartInfo(whole[0], whole[1..]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    private static void Run(string folder, params string[] command)
    {
        using Process process = Start(folder, command);
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)} ended with {process.ExitCode}.");
    }

    private static void Run(string program, string first, string second)
    {
        using Process process = Process.Start(program, [first, second]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private void Stop()
    {
        _server!.StandardInput.Close();
        _server.WaitForExit();
        _server.Dispose();
        _folder!.Dispose();
    }
}
