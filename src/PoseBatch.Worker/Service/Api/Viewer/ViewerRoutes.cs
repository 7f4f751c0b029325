using System.Globalization;
using System.Text.Json;
using PoseBatch.Evaluation;
using PoseBatch.Jobs;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>What the page draws of a finished job, in bounded pieces of a video of any length.</summary>
internal sealed class ViewerRoutes(ServiceParts parts, FramePictures pictures) : IDisposable
{
    private const int MostReaders = 2;
    private const int MostBuckets = 2000;
    private readonly SemaphoreSlim _readers = new(MostReaders);

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/api/jobs/{id}/poses", PosesAsync);
        routes.MapRead("/api/jobs/{id}/ledger", LedgerAsync);
        routes.MapRead("/api/jobs/{id}/series", SeriesAsync);
        routes.MapRead("/api/jobs/{id}/frames/{name}", PictureAsync);
    }

    /// <inheritdoc/>
    public void Dispose() => _readers.Dispose();

    private async Task<IResult> PosesAsync(HttpContext context, string id)
    {
        HttpRequest request = context.Request;
        Query.OnlyKnown(request, "from", "to");
        (_, string folder) = await ResultRoutes.FindAsync(parts, id, context.RequestAborted);
        int from = (int)Query.Number(request, "from", 0, int.MaxValue - 1, 0);
        int to = (int)Query.Number(request, "to", from, int.MaxValue - 1, Math.Min(from + 99L, int.MaxValue - 1));
        return await ReadAsync(json => PoseRange.Write(json, folder, from, to, context.RequestAborted), context.RequestAborted);
    }

    private async Task<IResult> LedgerAsync(HttpContext context, string id)
    {
        Query.OnlyKnown(context.Request);
        (_, string folder) = await ResultRoutes.FindAsync(parts, id, context.RequestAborted);
        return await ReadAsync(json => LedgerView.Write(json, folder, context.RequestAborted), context.RequestAborted);
    }

    private async Task<IResult> SeriesAsync(HttpContext context, string id)
    {
        HttpRequest request = context.Request;
        Query.OnlyKnown(request, "keypoint", "track", "person", "from", "to", "buckets");
        (_, string folder) = await ResultRoutes.FindAsync(parts, id, context.RequestAborted);
        string keypoint = Query.Text(request, "keypoint") ?? throw ApiException.BadParameter("keypoint", "is missing.");
        int? track = Query.Text(request, "track") is null ? null : (int)Query.Number(request, "track", 0, int.MaxValue, 0);
        SeriesView.Choice choice = new(JointOf(folder, keypoint), track, (int)Query.Number(request, "person", 0, short.MaxValue, 0));
        int from = (int)Query.Number(request, "from", 0, int.MaxValue - 1, 0);
        int to = (int)Query.Number(request, "to", from, int.MaxValue - 1, int.MaxValue - 1);
        int buckets = (int)Query.Number(request, "buckets", 1, MostBuckets, 600);
        return await ReadAsync(json => SeriesView.Write(json, folder, choice, from, to, buckets, context.RequestAborted), context.RequestAborted);
    }

    private async Task<IResult> PictureAsync(HttpContext context, string id, string name)
    {
        HttpRequest request = context.Request;
        Query.OnlyKnown(request, "width");
        (JobRecord job, string folder) = await ResultRoutes.FindAsync(parts, id, context.RequestAborted);
        if (!name.EndsWith(".jpg", StringComparison.Ordinal)
            || !int.TryParse(name.AsSpan(..^4), NumberStyles.None, CultureInfo.InvariantCulture, out int frame))
        {
            throw new ApiException(StatusCodes.Status404NotFound, "not_found", $"'{name}' is no frame: ask for 0.jpg, 1.jpg and so on.");
        }

        int width = (int)Query.Number(request, "width", 16, 4096, 960);
        byte[] picture = await pictures.GetAsync(job, folder, frame, width, context.RequestAborted);
        context.Response.Headers.CacheControl = "private, max-age=600";
        return TypedResults.Bytes(picture, "image/jpeg");
    }

    // Reading tables costs CPU: two at a time, away from the threads that answer.
    private async Task<IResult> ReadAsync(Action<Utf8JsonWriter> write, CancellationToken cancellation)
    {
        await _readers.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => JobText.Answer(write), cancellation);
        }
        finally
        {
            _readers.Release();
        }
    }

    private static int JointOf(string folder, string keypoint)
    {
        IReadOnlyList<string> names = PoseResult.Open(folder).Skeleton.Keypoints;
        return JointOrder.Places([keypoint], names) is [>= 0 and int joint]
            ? joint
            : throw ApiException.BadParameter("keypoint", $"'{keypoint}' is none; there are {string.Join(", ", names)}.");
    }
}
