using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using PoseBatch.Evaluation;
using PoseBatch.Jobs;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>What the page draws of a finished job, in bounded pieces of a video of any length.</summary>
internal sealed class ViewerRoutes(ServiceParts parts, FramePictures pictures) : IDisposable
{
    private const int MostReaders = 2;

    private static readonly NumberParameter From = new("from", "First frame.") { Standard = 0 };
    private static readonly NumberParameter To = new("to", "Last frame; 99 after the first when absent.");
    private static readonly NumberParameter SeriesTo = new("to", "Last frame; that of the video when absent.");
    private static readonly TextParameter Keypoint = new("keypoint", "Name in the skeleton.") { IsRequired = true };
    private static readonly NumberParameter Track = new("track", "Identity over time; without it the person slot counts.") { Most = int.MaxValue };
    private static readonly NumberParameter Person = new("person", "Slot within the frame.") { Most = short.MaxValue, Standard = 0 };
    private static readonly NumberParameter Buckets = new("buckets", "Stretches at most.") { Least = 1, Most = 2000, Standard = 600 };
    private static readonly NumberParameter Width = new("width", "Wider pictures are made smaller.") { Least = 16, Most = 4096, Standard = 960 };

    private readonly SemaphoreSlim _readers = new(MostReaders);

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder results = routes.Section("Results");
        results.MapRead("/api/jobs/{id}/poses", PosesAsync).Describe("getPoses", "Poses of a range of frames, at most 1000 frames; to in the answer tells how far it goes.")
            .Takes(From, To).Fails(404, 409, 410, 500, 503);
        results.MapRead("/api/jobs/{id}/ledger", LedgerAsync).Describe("getLedger", "The ledger in bounded size: runs of frames that are not ok, and 600 stretches of the video.")
            .Takes().Fails(404, 409, 410, 500, 503);
        results.MapRead("/api/jobs/{id}/series", SeriesAsync).Describe("getSeries", "One joint over time, least and greatest per stretch.")
            .Takes(Keypoint, Track, Person, From, SeriesTo, Buckets).Fails(404, 409, 410, 500, 503);
        results.MapRead("/api/jobs/{id}/frames/{name}", PictureAsync).Describe("getFrame", "One source frame as an upright picture.")
            .Takes(Width).Produces(200).SendsAs(200, "image/jpeg").Fails(404, 409, 410, 422, 500, 503, 504, 507);
    }

    /// <inheritdoc/>
    public void Dispose() => _readers.Dispose();

    private async Task<Ok<PoseRange>> PosesAsync(HttpContext context, [Description(JobRoutes.JobId)] string id)
    {
        HttpRequest request = context.Request;
        (_, string folder) = await ResultRoutes.FindAsync(parts, id, context.RequestAborted);
        int from = (int)From.In(request)!;
        int to = (int)(To with { Least = from }).In(request, Math.Min(from + 99L, To.Most));
        return await ReadAsync(() => PoseRange.Read(folder, from, to, context.RequestAborted), context.RequestAborted);
    }

    private async Task<Ok<LedgerView>> LedgerAsync([Description(JobRoutes.JobId)] string id, CancellationToken cancellation)
    {
        (_, string folder) = await ResultRoutes.FindAsync(parts, id, cancellation);
        return await ReadAsync(() => LedgerView.Read(folder, cancellation), cancellation);
    }

    private async Task<Ok<SeriesView>> SeriesAsync(HttpContext context, [Description(JobRoutes.JobId)] string id)
    {
        HttpRequest request = context.Request;
        (_, string folder) = await ResultRoutes.FindAsync(parts, id, context.RequestAborted);
        string keypoint = Keypoint.In(request)!;
        int? track = (int?)Track.In(request);
        SeriesView.Choice choice = new(JointOf(folder, keypoint), track, (int)Person.In(request)!);
        int from = (int)From.In(request)!;
        int to = (int)(SeriesTo with { Least = from }).In(request, SeriesTo.Most);
        int buckets = (int)Buckets.In(request)!;
        return await ReadAsync(() => SeriesView.Read(folder, choice, from, to, buckets, context.RequestAborted), context.RequestAborted);
    }

    private async Task<FileContentHttpResult> PictureAsync(
        HttpContext context, [Description(JobRoutes.JobId)] string id, [Description("Index of the frame and .jpg, for example 12.jpg.")] string name)
    {
        (JobRecord job, string folder) = await ResultRoutes.FindAsync(parts, id, context.RequestAborted);
        if (!name.EndsWith(".jpg", StringComparison.Ordinal)
            || !int.TryParse(name.AsSpan(..^4), NumberStyles.None, CultureInfo.InvariantCulture, out int frame))
        {
            throw new ApiException(StatusCodes.Status404NotFound, "not_found", $"'{name}' is no frame: ask for 0.jpg, 1.jpg and so on.");
        }

        int width = (int)Width.In(context.Request)!;
        byte[] picture = await pictures.GetAsync(job, folder, frame, width, context.RequestAborted);
        context.Response.Headers.CacheControl = "private, max-age=600";
        return TypedResults.Bytes(picture, "image/jpeg");
    }

    // Reading tables costs CPU: two at a time, away from the threads that answer.
    private async Task<Ok<T>> ReadAsync<T>(Func<T> read, CancellationToken cancellation)
    {
        await _readers.WaitAsync(cancellation);
        try
        {
            return TypedResults.Ok(await Task.Run(read, cancellation));
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
