using PoseBatch.Ffmpeg;

namespace PoseBatch.Service;

/// <summary>A user without rights, who runs the service: root itself may read and write everything.</summary>
internal static class OtherUser
{
    private const string Id = "65534";

    /// <summary>Becomes that user and then the program that follows.</summary>
    public static string[] Launcher { get; } = ["setpriv", $"--reuid={Id}", $"--regid={Id}", "--clear-groups"];

    /// <summary>Its name, as the service writes it.</summary>
    public static string Name => "nobody";

    /// <summary>Skips the test where this process may not become another user, or that user may not run the program.</summary>
    public static void Require() => Assert.SkipUnless(
        SystemProgram.Run(Launcher[0], [.. Launcher[1..], PoseBatch.Cli.PoseBatchProgram.Executable, "--version"]),
        "Needs root, setpriv, and a build that other users may run.");

    /// <summary>Takes or gives rights, as <c>chmod</c> does.</summary>
    /// <param name="mode">Octal.</param>
    /// <param name="path">A file or folder.</param>
    public static void Mode(string mode, string path) => Clips.Run("chmod", mode, path);

    /// <summary>Gives that user a folder and all in it.</summary>
    public static void Own(string path) => Clips.Run("chown", "-R", $"{Id}:{Id}", path);
}
