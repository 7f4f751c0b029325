using System.Text;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Which files of a folder are job files, and what those beside them are called.</summary>
internal static class JobFileNames
{
    private const string Extension = ".json";
    private const string ErrorExtension = ".error.json";
    private const string SchemaExtension = ".schema.json";
    private const int LongestStem = 255 - 11;   // ErrorExtension

    /// <summary>Names of regular files only, sorted; a link would lose its target by being moved.</summary>
    public static string[] In(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles()
            .Where(file => IsJobFile(file.Name) && file.LinkTarget is null && FileFacts.Of(file.FullName) is { Kind: FileKind.Regular })
            .Select(file => file.Name)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Those that .NET shows with a substitute, under which nothing is found.</summary>
    public static string[] GarbledIn(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles()
            .Where(file => IsJobFile(file.Name) && InboxNames.IsGarbled(file.Name) && !Path.Exists(file.FullName))
            .Select(file => file.Name),
    ];

    /// <summary>The name of the file that says why a job file is refused; it fits a file name, however long the job file's is.</summary>
    /// <param name="name">The job file.</param>
    /// <param name="number">From 1, when there are others.</param>
    public static string ErrorName(string name, int number)
    {
        string stem = name[..^Extension.Length];
        return number == 1 && Encoding.UTF8.GetByteCount(stem) <= LongestStem
            ? stem + ErrorExtension
            : Path.ChangeExtension(AtomicMove.Numbered(stem + ".12345678901", number), null) + ErrorExtension;
    }

    private static bool IsJobFile(string name) =>
        !InboxNames.IsHidden(name)
        && name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
        && !name.EndsWith(ErrorExtension, StringComparison.OrdinalIgnoreCase)
        && !name.EndsWith(SchemaExtension, StringComparison.OrdinalIgnoreCase);
}
