using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Worker.Hosting;

/// <summary>This program as the launcher of its own confined children (<c>Service:Confine</c>), in every verb that runs ffmpeg.</summary>
internal static class SelfLauncher
{
    // The program itself, not the script in front of it (posebatch.sh): that would be a shell more per child.
    private const string Name = "posebatch-host";

    /// <summary>What stands before ffmpeg; empty when it is not to be confined, or cannot be.</summary>
    public static IReadOnlyList<string> Of(Settings settings) => settings.Service.Confine ? ConfinedLauncher.CommandOf(Self()) : [];

    /// <summary>What a child may do all the same, each in a sentence; empty when it is confined as far as it can be.</summary>
    public static IEnumerable<string> Lacks(Settings settings)
    {
        if (!settings.Service.Confine)
        {
            yield return "Service:Confine is false, so it may do what this user may.";
            yield break;
        }

        if (!ConfinedLauncher.CanRestrictFiles)
        {
            yield return "this kernel has no Landlock (Linux 5.13 or later, and enabled), so it may read every file of this user.";
        }

        if (!ConfinedLauncher.CanRestrictCalls)
        {
            yield return "this kernel has no seccomp filters, so it may open sockets and start programs.";
        }
    }

    // Started as itself or through dotnet; a program that merely uses these parts finds it beside them.
    private static string[] Self()
    {
        string beside = Path.Combine(AppContext.BaseDirectory, Name);
        return Environment.ProcessPath is not { } program ? [beside]
            : Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(SelfLauncher).Assembly.Location]
            : Path.GetFileName(program).StartsWith("posebatch", StringComparison.Ordinal) ? [program]
            : [beside];
    }
}
