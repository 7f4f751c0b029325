using System.Text;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Analysis.Export;
using PoseBatch.Worker.Analysis.Reports;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>What a job wants beside its tables (<c>output.exports</c>): formats of other programs, and the report page.</summary>
internal static class JobExports
{
    /// <summary>Name of the page among the exports.</summary>
    public const string Report = "report";

    /// <summary>Folder in the result's folder that receives them.</summary>
    public const string Folder = "exports";

    /// <summary>Every name that a job may ask for.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ExportFormats.All.Select(format => format.Name), Report];

    /// <summary>Writes what is not there yet. The tables are complete and stay so: an export that fails is a sentence for the user.</summary>
    /// <returns>What failed.</returns>
    public static async Task<IReadOnlyList<string>> WriteAsync(
        string resultPath, IReadOnlyList<string> names, string videoPath, Settings settings, CancellationToken cancellation)
    {
        List<string> problems = [];
        foreach (string name in names)
        {
            try
            {
                await WriteAsync(resultPath, name, videoPath, settings, cancellation);
            }
            catch (Exception failure) when (failure is PoseBatchException or IOException or UnauthorizedAccessException or InvalidDataException)
            {
                problems.Add($"The export {name} was not written: {failure.Message}");
            }
        }

        return problems;
    }

    private static async Task WriteAsync(string resultPath, string name, string videoPath, Settings settings, CancellationToken cancellation)
    {
        PoseResult result = PoseResult.Open(resultPath);
        IResultExport? format = ExportFormats.All.FirstOrDefault(known => known.Name == name);
        string folder = Path.Combine(resultPath, Folder);
        string path = Path.Combine(folder, result.Name + (format is null ? ".html" : format.Suffix(result)));
        if (Path.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        string? page = format is null ? await ResultReport.WriteAsync(result, videoPath, settings, cancellation) : null;
        await AtomicFile.MakeAsync(path, overwrite: false, async partial =>
        {
            if (page is not null)
            {
                await File.WriteAllTextAsync(partial, page, new UTF8Encoding(false), cancellation);
            }
            else
            {
                format!.Write(result, partial, new ExportOptions(), cancellation);
            }
        });
    }
}
