using System.Diagnostics;

namespace PoseBatch.Shared;

/// <summary>Python with NumPy, where a machine has it: the second opinion of some tests.</summary>
internal static class Python
{
    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>Runs a script and returns what it prints; the running test is skipped without NumPy, or fails where CI=true.</summary>
    public static string Run(string script, params string[] arguments)
    {
        if (Found.Value is not { } python)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "There is no python3 with NumPy.");
            Assert.Fail("There is no python3 with NumPy, and with CI=true it is not optional.");
            return string.Empty;
        }

        (int code, string output, string errors) = Start(python, [script, .. arguments]);
        Assert.True(code == 0, errors);
        return output;
    }

    private static string? Find() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(python =>
    {
        try
        {
            return Start(python, ["-c", "import numpy"]).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    private static (int Code, string Output, string Errors) Start(string python, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
