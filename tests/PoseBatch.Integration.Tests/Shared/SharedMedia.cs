namespace PoseBatch.Shared;

/// <summary>
/// The folder of test material that is handed out beside the repository, not inside it: found through the variable
/// POSEBATCH_SHARED or as a folder named <c>shared</c> in or beside a parent folder. Tests that need it skip without it.
/// </summary>
internal static class SharedMedia
{
    private static readonly string? Root = FindRoot();

    /// <summary>Why tests on it are skipped.</summary>
    public const string SkipReason = "The shared test material is not here: set POSEBATCH_SHARED to its folder.";

    /// <summary>Whether the material was found.</summary>
    public static bool IsPresent => Root is not null;

    /// <summary>Skips the running test when the material is missing.</summary>
    public static void Require() => Assert.SkipUnless(IsPresent, SkipReason);

    /// <summary>A file of the material, for example <c>SharedMedia.File("media", "videos", "squats.mp4")</c>.</summary>
    public static string File(params ReadOnlySpan<string> parts)
    {
        Require();
        return Path.Combine([Root!, .. parts]);
    }

    private static string? FindRoot()
    {
        if (Environment.GetEnvironmentVariable("POSEBATCH_SHARED") is { Length: > 0 } named)
        {
            return IsRoot(named) ? named : null;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared");
            if (IsRoot(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private static bool IsRoot(string folder) => Directory.Exists(Path.Combine(folder, "media"));
}
