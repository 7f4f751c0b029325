using System.Globalization;

namespace PoseBatch.Results.Format;

/// <summary>Whether a folder holds all of a result, told from its manifest and the sizes of its files: a look, not an audit.</summary>
public static class WholeResult
{
    /// <summary>What is missing or cut, in words; null when all is there.</summary>
    /// <param name="path">The result's folder.</param>
    public static string? ProblemOf(string path)
    {
        if (!Directory.Exists(path))
        {
            return "it is not a folder, or not there";
        }

        try
        {
            string manifest = File.ReadAllText(System.IO.Path.Combine(path, Manifest.FileName));
            return Manifest.FilesIn(manifest).Select(file => ProblemOf(path, file)).FirstOrDefault(problem => problem is not null);
        }
        catch (FileNotFoundException)
        {
            return $"{Manifest.FileName} is missing";
        }
        catch (Exception damage) when (Manifest.IsDamage(damage))
        {
            return $"{Manifest.FileName} is damaged";
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            return $"{Manifest.FileName} cannot be read: {fault.Message.TrimEnd('.')}";
        }
    }

    private static string? ProblemOf(string folder, Manifest.ListedFile listed)
    {
        FileInfo file = new(System.IO.Path.Combine(folder, listed.Name));
        return !file.Exists ? $"{listed.Name} is missing"
            : file.Length != listed.Size ? string.Create(CultureInfo.InvariantCulture, $"{listed.Name} has {file.Length:N0} bytes instead of {listed.Size:N0}")
            : null;
    }
}
