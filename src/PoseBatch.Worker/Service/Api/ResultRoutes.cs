using System.Text.Json;
using Microsoft.Net.Http.Headers;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>The files of a job's result. Only plain files that lie in the result's own folder can be had.</summary>
internal sealed class ResultRoutes(ServiceParts parts)
{
    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/api/jobs/{id}/result", FilesAsync);
        routes.MapRead("/api/jobs/{id}/result/{file}", FileAsync);
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

        return (job, parts.Desk.ResultFolder(path) ?? throw new ApiException(
            StatusCodes.Status410Gone, "result_gone", $"The result folder '{path}' is not there any more, or does not lie below the output root."));
    }

    private async Task<IResult> FilesAsync(HttpContext context, string id)
    {
        Query.OnlyKnown(context.Request);
        (JobRecord job, string folder) = await FindAsync(parts, id, context.RequestAborted);
        JsonElement? manifest = await ReadManifestAsync(folder, context.RequestAborted);
        return JobText.Answer(json =>
        {
            json.WriteStartObject();
            json.WriteString("job_id", job.Id);
            json.WriteString("folder", folder);
            json.WriteStartArray("files");
            foreach (FileInfo file in Files(folder))
            {
                json.WriteStartObject();
                json.WriteString("name", file.Name);
                json.WriteNumber("size", file.Length);
                json.WriteString("href", $"/api/jobs/{job.Id}/result/{Uri.EscapeDataString(file.Name)}");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WritePropertyName("manifest");
            if (manifest is { } known)
            {
                known.WriteTo(json);
            }
            else
            {
                json.WriteNullValue();
            }

            json.WriteEndObject();
        });
    }

    private async Task<IResult> FileAsync(HttpContext context, string id, string file)
    {
        Query.OnlyKnown(context.Request);
        (_, string folder) = await FindAsync(parts, id, context.RequestAborted);

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

    private static async Task<JsonElement?> ReadManifestAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            return JsonElement.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "manifest.json"), cancellation));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static string MediaTypeOf(string extension) => extension switch
    {
        ".parquet" => "application/vnd.apache.parquet",
        ".json" => "application/json",
        ".csv" => "text/csv; charset=utf-8",
        ".mp4" => "video/mp4",
        ".jpg" => "image/jpeg",
        ".png" => "image/png",
        _ => "application/octet-stream",
    };
}
