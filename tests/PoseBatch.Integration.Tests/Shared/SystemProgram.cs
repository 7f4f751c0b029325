using System.Diagnostics;

namespace PoseBatch;

/// <summary>Programs of the system that a test may have or not.</summary>
internal static class SystemProgram
{
    /// <summary>Runs one to its end.</summary>
    /// <returns>False when it is not there, may not do it, or fails.</returns>
    public static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
