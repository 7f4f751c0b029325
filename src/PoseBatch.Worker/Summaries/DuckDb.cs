using System.ComponentModel;
using System.Diagnostics;

namespace PoseBatch.Worker.Summaries;

/// <summary>How rows are printed.</summary>
internal enum QueryFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>RFC 4180, with a header.</summary>
    Csv,

    /// <summary>An array of objects.</summary>
    Json,
}

/// <summary>A DuckDB of this machine, if it has one: its command line, or its package for Node.js. PoseBatch brings none.</summary>
/// <param name="Program">What is started.</param>
/// <param name="Arguments">With which words, for each format.</param>
/// <param name="Folder">In which folder; null for the current one.</param>
internal sealed record DuckDb(string Program, Func<QueryFormat, IReadOnlyList<string>> Arguments, string? Folder)
{
    /// <summary>What to do where there is none.</summary>
    public const string Advice =
        "Install DuckDB's command line (https://duckdb.org/docs/installation) so that `duckdb` is in PATH, or, with Node.js, run `npm install @duckdb/node-api` in this folder. "
        + "Or print the views with --print-views and use them in a DuckDB elsewhere, for example `import duckdb` in Python.";

    // Reads statements from standard input, prints the rows of the last one.
    private const string Script = """
        import { DuckDBInstance } from '@duckdb/node-api';
        import { readFileSync } from 'node:fs';
        const format = process.argv.at(-1);
        const connection = await (await DuckDBInstance.create(':memory:')).connect();
        try {
          const reader = await connection.runAndReadAll(readFileSync(0, 'utf8'));
          const names = reader.deduplicatedColumnNames(), rows = reader.getRowsJson();
          const text = value => value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
          const field = value => /[",\r\n]/.test(text(value)) ? '"' + text(value).replaceAll('"', '""') + '"' : text(value);
          if (format === 'json') {
            console.log(JSON.stringify(rows.map(row => Object.fromEntries(names.map((name, i) => [name, row[i]])))));
          } else if (format === 'csv') {
            process.stdout.write([names, ...rows].map(row => row.map(field).join(',') + '\r\n').join(''));
          } else {
            const cells = [names, ...rows.map(row => row.map(value => value === null ? 'null' : text(value)))];
            const widths = names.map((_, i) => cells.reduce((most, row) => Math.max(most, row[i].length), 0));
            const line = row => row.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd();
            console.log([line(cells[0]), widths.map(width => '-'.repeat(width)).join('  '), ...cells.slice(1).map(line)].join('\n'));
          }
        } catch (error) {
          console.error(String(error?.message ?? error));
          process.exitCode = 1;
        }
        """;

    /// <summary>Looks for one; null when there is none.</summary>
    public static DuckDb? Find()
    {
        if (InPath("duckdb") is { } program)
        {
            return new(program, format => ["-no-init", format switch { QueryFormat.Csv => "-csv", QueryFormat.Json => "-json", _ => "-box" }], null);
        }

        return InPath("node") is { } node && FolderOfPackage() is { } folder
            ? new(node, format => ["--input-type=module", "--eval", Script, "--", FormattableString.Invariant($"{format}").ToLowerInvariant()], folder)
            : null;
    }

    /// <summary>Has it run statements and print the rows of the last one.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunAsync(string sql, QueryFormat format, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(Program, Arguments(format)) { RedirectStandardInput = true, UseShellExecute = false };
        if (Folder is not null)
        {
            start.WorkingDirectory = Folder;
        }

        using Process process = Process.Start(start) ?? throw new Win32Exception($"'{Program}' could not be started.");
        await using CancellationTokenRegistration onCancel = cancellation.Register(() => process.Kill(entireProcessTree: true));
        try
        {
            await process.StandardInput.WriteAsync(sql);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything, and says itself why.
        }

        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    private static string? InPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>The nearest folder from which Node.js finds the package: above the current one, or among the tests of a checkout.</summary>
    private static string? FolderOfPackage()
    {
        foreach (string start in (string[])[Directory.GetCurrentDirectory(), AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                foreach (string candidate in (string[])[folder.FullName, Path.Combine(folder.FullName, "tests", "readers")])
                {
                    if (Directory.Exists(Path.Combine(candidate, "node_modules", "@duckdb", "node-api")))
                    {
                        return candidate;
                    }
                }
            }
        }

        return null;
    }
}
