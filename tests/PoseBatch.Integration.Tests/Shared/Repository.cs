namespace PoseBatch;

/// <summary>Places of the checkout the tests run from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds PoseBatch.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PoseBatch.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside a checkout: PoseBatch.sln was not found above them.");
    }
}
