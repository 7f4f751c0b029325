using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using PoseBatch.Commands;

namespace PoseBatch.Notebooks;

/// <summary>
/// The tests of <c>notebooks/tests</c>, which are Python's: the module for analysts, every cell of the notebooks, every recipe of
/// docs/analysis.md. They need a Python with pandas and matplotlib; what reads Parquet for them is DuckDB of tests/readers.
/// </summary>
public sealed partial class NotebookTests(NotebookTests.Python python) : IClassFixture<NotebookTests.Python>
{
    private static readonly string Folder = Path.Combine(Repository.Root, "notebooks", "tests");

    /// <summary>Every class of tests there, as <c>module.Class</c>.</summary>
    public static TheoryData<string> Classes() => [.. Directory.GetFiles(Folder, "test_*.py").Order(StringComparer.Ordinal)
        .SelectMany(file => TestClass().Matches(File.ReadAllText(file))
            .Where(match => match.Groups["body"].Value.Contains("    def test_", StringComparison.Ordinal))
            .Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups["name"].Value}"))];

    [Theory]
    [MemberData(nameof(Classes))]
    public async Task Python_tests_pass(string name)
    {
        Assert.SkipWhen(python.Program is null, "No Python with pandas and matplotlib is here (apt-get install python3-pandas python3-matplotlib).");

        (int exitCode, string output) = await python.RunAsync(Folder, ["-m", "unittest", "-v", name], await python.ResultsFor(name));

        Assert.True(exitCode == 0, output);
        int ran = int.Parse(Count().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        MatchCollection skips = Skip().Matches(output);
        Assert.True(ran > 0 || skips.Count > 0, output);
        Assert.SkipWhen(skips.Count >= ran, skips.Count > 0 ? skips[0].Groups[1].Value : string.Empty);
    }

    [GeneratedRegex(@"^class (?<name>\w+)\(.*\):\n(?<body>(?:[ \t].*\n|\n)*)", RegexOptions.Multiline)]
    private static partial Regex TestClass();

    [GeneratedRegex(@"^Ran (\d+) tests?", RegexOptions.Multiline)]
    private static partial Regex Count();

    [GeneratedRegex(@"\bskipped ['""](.+)['""]$", RegexOptions.Multiline)]
    private static partial Regex Skip();

    /// <summary>A Python that has what the notebooks need, and real results for those tests that want some.</summary>
    public sealed class Python : IAsyncLifetime
    {
        private readonly DirectoryInfo _results = Directory.CreateTempSubdirectory("posebatch-notebooks-");
        private bool _processed;

        /// <summary>Its path, or null.</summary>
        public string? Program { get; private set; }

        public async ValueTask InitializeAsync()
        {
            // The system's own comes first: that is where the system's packages are, whatever else is on the path.
            foreach (string candidate in new[] { "/usr/bin/python3", "python3" })
            {
                try
                {
                    if (await RunAsync(candidate, _results.FullName, ["-c", "import pandas, matplotlib"], null) is (0, _))
                    {
                        Program = candidate;
                        return;
                    }
                }
                catch (Win32Exception)
                {
                    // It is not there at all.
                }
            }
        }

        public ValueTask DisposeAsync()
        {
            _results.Delete(recursive: true);
            return ValueTask.CompletedTask;
        }

        /// <summary>The folder of results of two clips, made when it is first needed; null for tests that need none.</summary>
        public async Task<string?> ResultsFor(string test)
        {
            if (!test.EndsWith("OnRealResults", StringComparison.Ordinal))
            {
                return null;
            }

            if (!_processed)
            {
                _processed = true;
                string other = Path.Combine(Repository.Root, "tests", "data", "clips", "two-people.mp4");
                PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
                    _results.FullName, "process", PoseBatchProgram.DemoClip, other, "--out", _results.FullName, "--end", "4");
                Assert.True(ended.ExitCode == 0, ended.Errors);
            }

            return _results.FullName;
        }

        /// <summary>Runs it to its end, and returns everything it said.</summary>
        public Task<(int ExitCode, string Output)> RunAsync(string folder, string[] arguments, string? results) =>
            RunAsync(Program!, folder, arguments, results);

        private static async Task<(int ExitCode, string Output)> RunAsync(string program, string folder, string[] arguments, string? results)
        {
            ProcessStartInfo start = new(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
            start.Environment["PYTHONUTF8"] = "1";
            start.Environment["MPLBACKEND"] = "Agg";
            start.Environment["POSEBATCH_TEST_RESULTS"] = results;
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await errors + await output);
        }
    }
}
