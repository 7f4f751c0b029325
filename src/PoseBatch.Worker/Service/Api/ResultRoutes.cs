using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>The files of a job's result. Only plain files that lie in the result's own folder can be had.</summary>
internal sealed class ResultRoutes(ServiceParts parts)
{
    private const string AnyFile = "application/octet-stream";
    private const string Json = "application/json";

    private static readonly Dictionary<string, string> MediaTypes = new()
    {
        [".parquet"] = "application/vnd.apache.parquet",
        [".csv"] = "text/csv",
        [".mp4"] = "video/mp4",
        [".jpg"] = "image/jpeg",
        [".png"] = "image/png",
    };

    private static readonly HeaderParameter[] Conditions =
    [
        new("Range", "One range of bytes, as RFC 9110 has them."),
        new("If-Range", "The ETag, so that a range of another file is not taken."),
        new("If-None-Match", "An ETag that is known: 304 when it still holds."),
        new("If-Modified-Since", "304 when it was not written since."),
        new("If-Match", "412 when the file has another ETag."),
        new("If-Unmodified-Since", "412 when it was written since."),
    ];

    private static readonly AnswerHeader[] OfTheFile =
    [
        new("ETag", "Changes whenever the file does; goes into If-None-Match, If-Match or If-Range."),
        new("Last-Modified", "When it was written."),
    ];

    private static readonly AnswerHeader[] OfTheContent = [new("Accept-Ranges", "bytes"), new("Content-Disposition", "Its name.")];

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder results = routes.Section("Results");
        results.MapRead("/api/jobs/{id}/result", FilesAsync).Describe("listFiles", "Files and manifest of the result.").Takes().Fails(404, 409, 410, 503);
        results.MapRead("/api/jobs/{id}/result/{file}", FileAsync).Describe("getFile", "One file of the result; takes ranges.").Takes(Conditions)
            .Produces<JsonElement>().SendsAs(200, [.. MediaTypes.Values, AnyFile]).Produces(206).SendsAs(206, [.. MediaTypes.Values, AnyFile, Json]).Produces(304)
            .Sends(200, [.. OfTheFile, .. OfTheContent]).Sends(206, [.. OfTheFile, .. OfTheContent, new AnswerHeader("Content-Range", "Which bytes, of how many.")]).Sends(304, OfTheFile)
            .Fails(404, 409, 410, 412, 416, 503);
    }

    /// <summary>The folder of a finished job's result.</summary>
    /// <exception cref="ApiException">404: no such job; 409: it has no result; 410: the folder is gone.</exception>
    public static async Task<(JobRecord Job, string Folder)> FindAsync(ServiceParts parts, string id, CancellationToken cancellation)
    {
        JobRecord job = await parts.Store.FindAsync(id, cancellation) ?? throw ApiException.NoSuchJob(id);
        if (job.ResultPath is not { } path || job.Status is not (JobStatus.Completed or JobStatus.Duplicate))
        {
            throw new ApiException(
                StatusCodes.Status409Conflict, "no_result", $"The job is {job.Status.WireName()}: it has no result.",
                job.Status.IsOver() ? job.Advice ?? "Retry it when what stopped it is repaired." : "Ask again when its status is completed.");
        }

        return (job, parts.Submitter.Paths.ResultFolder(path) ?? throw new ApiException(
            StatusCodes.Status410Gone, "result_gone", $"The result folder '{path}' is not there any more, or does not lie below the output root."));
    }

    private async Task<Ok<ResultFiles>> FilesAsync([Description(JobRoutes.JobId)] string id, CancellationToken cancellation)
    {
        (JobRecord job, string folder) = await FindAsync(parts, id, cancellation);
        return TypedResults.Ok(new ResultFiles(
            job.Id, folder, [.. Files(folder).Select(file => new ResultFile(file.Name, file.Length, $"/api/jobs/{job.Id}/result/{Uri.EscapeDataString(file.Name)}"))],
            await ReadManifestAsync(folder, cancellation)));
    }

    private async Task<IResult> FileAsync(
        [Description(JobRoutes.JobId)] string id, [Description("A name from the list of files.")] string file, CancellationToken cancellation)
    {
        (_, string folder) = await FindAsync(parts, id, cancellation);

        // The name is compared with what is there; it never becomes a path.
        FileInfo found = Files(folder).FirstOrDefault(one => one.Name == file)
            ?? throw new ApiException(StatusCodes.Status404NotFound, "not_found", $"The result has no file '{file}'.", $"GET /api/jobs/{id}/result lists its files.");
        FileStream content;
        try
        {
            content = new(found.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16, FileOptions.Asynchronous);
        }
        catch (FileNotFoundException)
        {
            throw new ApiException(StatusCodes.Status410Gone, "result_gone", $"The file '{file}' was just removed.");
        }

        return TypedResults.File(
            content, MediaTypeOf(found.Extension), found.Name, found.LastWriteTimeUtc,
            new EntityTagHeaderValue($"\"{found.Length:x}-{found.LastWriteTimeUtc.Ticks:x}\""), enableRangeProcessing: true);
    }

    private static IEnumerable<FileInfo> Files(string folder) => new DirectoryInfo(folder).EnumerateFiles()
        .Where(file => file.LinkTarget is null && !file.Name.StartsWith('.'))
        .OrderBy(file => file.Name, StringComparer.Ordinal);

    private static async Task<JsonObject?> ReadManifestAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            return JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "manifest.json"), cancellation)) as JsonObject;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static string MediaTypeOf(string extension) => extension switch
    {
        ".json" => Json,
        ".csv" => MediaTypes[extension] + "; charset=utf-8",
        _ => MediaTypes.GetValueOrDefault(extension, AnyFile),
    };
}
