using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using PoseBatch.Cli;

namespace PoseBatch.Notebooks;

/// <summary>
/// The tests of <c>notebooks/tests</c>, which are Python's: the module for analysts, every cell of the notebooks, every recipe of
/// docs/analysis.md. They need a Python with pandas and matplotlib; what reads Parquet for them is <see cref="DuckDbProcess"/>.
/// </summary>
public sealed partial class NotebookTests(NotebookTests.Run run) : IClassFixture<NotebookTests.Run>
{
    private static readonly string Folder = Path.Combine(Repository.Root, "notebooks", "tests");

    /// <summary>Every class of tests there, as <c>module.Class</c>.</summary>
    public static TheoryData<string> Classes() => [.. Directory.GetFiles(Folder, "test_*.py").Order(StringComparer.Ordinal)
        .SelectMany(file => TestClass().Matches(File.ReadAllText(file))
            .Where(match => match.Groups["body"].Value.Contains("    def test_", StringComparison.Ordinal))
            .Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups["name"].Value}"))];

    [Theory]
    [MemberData(nameof(Classes))]
    public void Python_tests_pass(string name)
    {
        Assert.SkipWhen(run.Lines is null, "No Python with pandas and matplotlib is here (apt-get install python3-pandas python3-matplotlib).");

        // A module that cannot be set up says so under its own name, in place of its classes.
        Line line = run.Lines.TryGetValue(name, out Line? own) || run.Lines.TryGetValue(name[..name.IndexOf('.', StringComparison.Ordinal)], out own)
            ? own : throw new InvalidOperationException($"Python ran no {name}:\n{run.Output}");
        Assert.True(line.Failed.Count == 0, string.Join('\n', line.Failed));
        Assert.SkipWhen(line.Skipped.Count >= int.Max(line.Ran, 1), line.Skipped is [string reason, ..] ? reason : string.Empty);
        Assert.True(line.Ran > 0, run.Output);
    }

    [GeneratedRegex(@"^class (?<name>\w+)\(.*\):\n(?<body>(?:[ \t].*\n|\n)*)", RegexOptions.Multiline)]
    private static partial Regex TestClass();

    /// <summary>A line of notebooks/tests/report.py.</summary>
    public sealed record Line(string Class, int Ran, IReadOnlyList<string> Skipped, IReadOnlyList<string> Failed);

    /// <summary>One run of all of them, on real results of two clips besides what they make up themselves.</summary>
    public sealed class Run : IAsyncLifetime
    {
        private readonly DirectoryInfo _results = Directory.CreateTempSubdirectory("posebatch-notebooks-");

        /// <summary>What became of each class; null without a Python that could run them.</summary>
        public IReadOnlyDictionary<string, Line>? Lines { get; private set; }

        /// <summary>Everything Python said.</summary>
        public string Output { get; private set; } = string.Empty;

        public async ValueTask InitializeAsync()
        {
            // The system's own comes first: that is where the system's packages are, whatever else is on the path.
            string? python = await IsFitAsync("/usr/bin/python3") ? "/usr/bin/python3" : await IsFitAsync("python3") ? "python3" : null;
            if (python is null)
            {
                return;
            }

            string other = Path.Combine(Repository.Root, "tests", "data", "clips", "two-people.mp4");
            PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
                _results.FullName, "process", PoseBatchProgram.DemoClip, other, "--out", _results.FullName, "--end", "4");
            Assert.True(ended.ExitCode == 0, ended.Errors);

            (int exitCode, string output, string errors) = await RunAsync(python, "report.py");
            Output = errors + output;
            Assert.True(exitCode == 0, Output);
            Lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize<Line>(line, JsonSerializerOptions.Web)!)
                .ToDictionary(line => line.Class);
        }

        public ValueTask DisposeAsync()
        {
            _results.Delete(recursive: true);
            return ValueTask.CompletedTask;
        }

        private async Task<bool> IsFitAsync(string python)
        {
            try
            {
                return (await RunAsync(python, "-c", "import pandas, matplotlib")).ExitCode == 0;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }

        private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string python, params string[] arguments)
        {
            ProcessStartInfo start = new(python, arguments)
            {
                WorkingDirectory = Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
            start.Environment["PYTHONUTF8"] = "1";
            start.Environment["MPLBACKEND"] = "Agg";
            start.Environment["POSEBATCH_TEST_DUCKDB"] = Path.Combine(AppContext.BaseDirectory, typeof(DuckDbProcess).Assembly.GetName().Name!);
            start.Environment["POSEBATCH_TEST_RESULTS"] = _results.FullName;
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output, await errors);
        }
    }
}
