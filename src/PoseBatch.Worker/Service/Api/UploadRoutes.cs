using System.ComponentModel;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using PoseBatch.Results.Interop;
using PoseBatch.Tables;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>
/// Takes a video into the watched folder: written under a hidden name, renamed when it is whole and safe on disk. From there it
/// goes the way of every file that is put there.
/// </summary>
internal sealed partial class UploadRoutes(ServiceParts parts, CancellationToken stopping)
{
    /// <summary>Hidden names of unfinished uploads begin with it; the watched folder passes over names with a dot in front.</summary>
    public const string Prefix = ".posebatch-upload-";

    private const string Address = "/api/uploads/{name}";
    private const int MostNames = 1000;
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(24);

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        RemoveForgotten();
        RouteGroupBuilder inbox = routes.Section("Watched folder");
        Describe(inbox.MapPut(Address, UploadAsync), "putUpload");
        Describe(inbox.MapPost(Address, UploadAsync), "postUpload");
    }

    private static void Describe(RouteHandlerBuilder route, string id) => route.Describe(id, "Put a video into the watched folder: the body is the file.")
        .Takes().Reads<Stream>("application/octet-stream").Fails(408, 409, 413, 415, 503, 507);

    private async Task<Created<UploadedFile>> UploadAsync(HttpContext context, [Description("File name; made safe, and numbered when it is taken.")] string name)
    {
        string inbox = Inbox();
        string safe = UploadName.Safe(name) ?? throw ApiException.BadParameter("name", $"'{name}' cannot be made a file name.");
        CheckName(safe);
        ApiException.ThrowIfEncoded(context.Request);
        CheckBody(context.Request);
        long limit = LimitOf(context);
        CheckRoom(inbox, context.Request.ContentLength);
        string hidden = Path.Combine(inbox, $"{Prefix}{Guid.NewGuid():N}");
        CheckWritable(inbox, hidden);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            long size = await ReceiveAsync(context.Request, hidden, limit, ending.Token);
            if (context.Request.ContentLength is { } promised && size != promised)
            {
                throw new BadHttpRequestException($"The upload was cut: {size} of {promised} bytes came.");
            }

            if (size == 0)
            {
                throw ApiException.BadParameter("body", "the upload is empty.");
            }

            string path = Publish(hidden, inbox, safe);
            MakeDurable(path, inbox);
            Uploaded(parts.Logger, path, size);
            return TypedResults.Created((string?)null, new UploadedFile(Path.GetFileName(path), path, size));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            // Waited for, it would hold up the end of the service, be cut all the same, and lie there.
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable, "stopping", "The service stops; nothing of the upload was kept.", "Send it again when the service is back.");
        }
        finally
        {
            File.Delete(hidden);   // after a rename there is nothing of that name
        }
    }

    /// <summary>How many bytes may come.</summary>
    private long LimitOf(HttpContext context)
    {
        long limit = parts.Settings.Service.UploadLimitMiB * 1024L * 1024L;
        if (limit == 0)
        {
            throw new ApiException(StatusCodes.Status403Forbidden, "uploads_off", "Uploads are switched off.", "Put the video into the watched folder, or set Service:UploadLimitMiB.");
        }

        long? announced = context.Request.ContentLength;
        if (announced > limit)
        {
            throw TooLarge();
        }

        if (announced == 0)
        {
            throw ApiException.BadParameter("body", "the upload is empty.");
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = null;   // counted here, with the service's own limit
        }

        return limit;
    }

    private static void CheckRoom(string inbox, long? announced)
    {
        if (!Directory.Exists(inbox))
        {
            // Made here, it could hide the mount that is to come back.
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable, "inbox_away", $"The watched folder '{inbox}' is not there.",
                "See whether its disk or share is mounted; uploads work again by themselves when it is back.");
        }

        if (announced > FreeBytes(inbox))
        {
            throw new ApiException(
                StatusCodes.Status507InsufficientStorage, ReasonCode.DiskFull.WireName(),
                $"The upload has {announced} bytes, but the disk of the watched folder has {FreeBytes(inbox)} left.", "Free some space, then try again.");
        }
    }

    private string Inbox() => parts.Settings.Inbox.Path is { Length: > 0 } path
        ? Path.GetFullPath(path)
        : throw new ApiException(StatusCodes.Status403Forbidden, "uploads_off", "There is no watched folder to put the upload into.", "Set Inbox:Path.");

    // What the folder would never open would be taken, and then nothing would happen.
    private static void CheckName(string name)
    {
        if (!InboxNames.MayBeVideo(name) || name is InboxNames.Done or InboxNames.Failed or "lost+found")
        {
            throw new ApiException(
                StatusCodes.Status415UnsupportedMediaType, "no_video_name", $"'{name}' is not a name that the watched folder takes for a video.",
                "Give a video its usual extension, such as .mp4. Settings of the folder (posebatch.json) are put into it by hand.", "name");
        }
    }

    // Stored as they come, a form's envelope or the rest of a file would be taken for the video.
    private static void CheckBody(HttpRequest request)
    {
        if (request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw new ApiException(
                StatusCodes.Status415UnsupportedMediaType, "form_body", "The body is a form (multipart/form-data), not the video itself.",
                "Send the file as the body: curl -T clip.mp4 ADDRESS/api/uploads/, not curl -F.");
        }

        if (request.Headers.ContentRange.Count > 0)
        {
            throw new ApiException(
                StatusCodes.Status400BadRequest, "bad_request", "Content-Range: an upload is a whole file and cannot be continued.",
                "Send all of it, without Content-Range.", "Content-Range");
        }
    }

    private static void CheckWritable(string inbox, string hidden)
    {
        try
        {
            using FileStream trial = new(hidden, FileMode.CreateNew);
        }
        catch (Exception refused) when (OutputRefusal.ReasonOf(refused) == ReasonCode.OutputUnwritable && refused is IOException or UnauthorizedAccessException)
        {
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable, "inbox_away",
                OutputRefusal.IsReadOnly(refused)
                    ? $"The watched folder '{inbox}' lies on a file system that is mounted read-only."
                    : $"The watched folder '{inbox}' may not be written by the user '{Environment.UserName}'.",
                "Give it the right, or mount the disk for writing; uploads work again by themselves then.");
        }
    }

    private static async Task<long> ReceiveAsync(HttpRequest request, string path, long limit, CancellationToken cancellation)
    {
        await using FileStream file = new(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
            PreallocationSize = 0,
        });
        byte[] buffer = new byte[256 * 1024];
        long size = 0;
        int count;
        while ((count = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            size += count;
            if (size > limit)
            {
                throw TooLarge(limit);
            }

            await file.WriteAsync(buffer.AsMemory(0, count), cancellation);
        }

        file.Flush(flushToDisk: true);
        return size;
    }

    // A name that is taken gets a number: what lies there may be another video, and may be in work.
    private static string Publish(string hidden, string inbox, string name)
    {
        string stem = Path.GetFileNameWithoutExtension(name), extension = Path.GetExtension(name);
        for (int number = 1; number <= MostNames; number++)
        {
            string path = Path.Combine(inbox, number == 1 ? name : $"{stem}-{number}{extension}");
            if (Path.Exists(path))
            {
                continue;
            }

            try
            {
                File.Move(hidden, path, overwrite: false);
                return path;
            }
            catch (IOException) when (Path.Exists(path))
            {
                // Somebody was quicker: the next number.
            }
        }

        throw new ApiException(StatusCodes.Status409Conflict, "name_taken", $"'{name}' and {MostNames - 1} names like it are taken in the watched folder.", "Upload it under another name.");
    }

    // 201 says that it is safe: the content was flushed before the rename, and the name is now.
    private static void MakeDurable(string path, string inbox)
    {
        try
        {
            Libc.FlushFolder(inbox);
        }
        catch (IOException unknown)
        {
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable, "inbox_away", $"'{path}' has arrived, but would not be there for certain after a power cut: {unknown.Message}",
                "See whether the disk of the watched folder answers. The file is taken as long as it is there; sent again, it is computed once.");
        }
    }

    private ApiException TooLarge() => TooLarge(parts.Settings.Service.UploadLimitMiB * 1024L * 1024L);

    private static ApiException TooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge, "too_large", $"An upload may have {limit / (1024 * 1024)} MiB.", "Raise Service:UploadLimitMiB, or put the video into the watched folder.");

    private static long FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;   // then the write will tell
        }
    }

    // What an upload left that was cut by the end of the process itself.
    private void RemoveForgotten()
    {
        if (parts.Settings.Inbox.Path.Length == 0 || !Directory.Exists(parts.Settings.Inbox.Path))
        {
            return;
        }

        try
        {
            foreach (FileInfo left in new DirectoryInfo(parts.Settings.Inbox.Path).EnumerateFiles(Prefix + "*"))
            {
                if (parts.Clock.GetUtcNow() - left.LastWriteTimeUtc > Forgotten)
                {
                    left.Delete();
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LeftBehind(parts.Logger, fault.Message);
        }
    }

    [LoggerMessage(511, LogLevel.Information, "Uploaded {Path}, {Size} bytes")]
    private static partial void Uploaded(ILogger logger, string path, long size);

    [LoggerMessage(512, LogLevel.Warning, "Old unfinished uploads could not be removed: {Why}")]
    private static partial void LeftBehind(ILogger logger, string why);
}
