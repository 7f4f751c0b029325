namespace PoseBatch.Worker.Hosting;

/// <summary>The folder the program was called from.</summary>
internal static class CurrentFolder
{
    /// <summary>What is wrong with it, with the way out; null when nothing is. A shell stays in a folder that others have deleted.</summary>
    public static string? Problem()
    {
        try
        {
            _ = Directory.GetCurrentDirectory();
            return null;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "The current folder is gone or cannot be read, so no relative path means anything. Change to a folder that is there (cd) and call this again.";
        }
    }
}
