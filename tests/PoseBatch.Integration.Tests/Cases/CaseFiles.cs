namespace PoseBatch.Cases;

/// <summary>Inputs that once went wrong, kept in the repository.</summary>
internal static class CaseFiles
{
    /// <summary>The full path of one, for example <c>CaseFiles.Of("002-mp4-files-joined-by-cat/input.mp4")</c>.</summary>
    public static string Of(string name)
    {
        string path = Path.Combine(Repository.Root, "tests", "data", "cases", name);
        Assert.True(File.Exists(path), $"{path} is missing.");
        return path;
    }
}
