using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>Gives a file or folder its name only when it is complete.</summary>
internal static class AtomicFile
{
    /// <summary>Refuses a place that is taken.</summary>
    /// <exception cref="PoseBatchException">output_conflict.</exception>
    public static void Check(string path, bool overwrite)
    {
        if (!overwrite && Path.Exists(path))
        {
            throw new PoseBatchException(ReasonCode.OutputConflict, $"'{path}' is already there.", "Move it away, choose another name with --out, or replace it with --overwrite.");
        }
    }

    /// <summary>Has something made under a hidden name beside its place, then renames it. What fails leaves nothing behind.</summary>
    /// <param name="path">The file or folder to make; folders above it are made.</param>
    /// <param name="overwrite">Whether one that exists is replaced.</param>
    /// <param name="make">Makes a file or a folder of the given name.</param>
    /// <exception cref="PoseBatchException">output_conflict, disk_full.</exception>
    public static async Task MakeAsync(string path, bool overwrite, Func<string, Task> make)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Check(target, overwrite);
        string partial = Path.Combine(Path.GetDirectoryName(target) ?? "/", $".{Guid.NewGuid().ToString("N")[..12]}.partial");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target) ?? "/");
            await make(partial);
            Publish(partial, target, overwrite);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(OutputRefusal.ReasonOf(fault), $"Cannot write '{target}': {fault.Message}", "See that the folder can be written and has room, or choose another place with --out.", fault);
        }
        finally
        {
            Remove(partial);
        }
    }

    private static void Publish(string partial, string target, bool overwrite)
    {
        if (File.Exists(partial))
        {
            File.Move(partial, target, overwrite);
            return;
        }

        if (overwrite)
        {
            Remove(target);
        }

        Directory.Move(partial, target);
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }
}
