namespace PoseBatch.Cases;

/// <summary>Waits for files that other programs make.</summary>
internal static class FileSystemNotice
{
    /// <summary>Returns when a file is there; the test's own limit of time is the only one.</summary>
    public static async Task AppearsAsync(string path)
    {
        TaskCompletionSource made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher watcher = new(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        watcher.Created += (_, _) => made.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(path))
        {
            await made.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }
}
