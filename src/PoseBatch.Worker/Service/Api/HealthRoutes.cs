using OpenTelemetry.Metrics;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Whether the process lives, whether it can do its work, its meters, and the description of all routes.</summary>
internal sealed class HealthRoutes(ServiceParts parts, MeterProvider meters)
{
    private static readonly TimeSpan StoreLimit = TimeSpan.FromSeconds(5);

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/healthz/live", () => ApiJson.Answer(new { Status = "live" })).WithMetadata(new OpenToAll(), new HealthCheck());
        routes.MapRead("/healthz/ready", (Delegate)ReadyAsync).WithMetadata(new HealthCheck());
        routes.MapPrometheusScrapingEndpoint("/metrics", meters, pipeline => pipeline.Use(RefreshAsync), optionsName: null)
            .WithMetadata(new HttpMethodMetadata(Reading.Methods));
        byte[] document = StaticPage.Resource("openapi.json");
        routes.MapRead("/openapi.json", () => TypedResults.Bytes(document, "application/json"));
    }

    private async Task<IResult> ReadyAsync(HttpContext context)
    {
        List<UnavailablePart> missing = [.. parts.Readiness().Missing];
        await CheckStoreAsync(missing, context.RequestAborted);
        if (OutputHealthCheck.Try(parts.Desk) is { } output)
        {
            missing.Add(output);
        }

        if (parts.Intake.Trouble is { } trouble)
        {
            missing.Add(new("inbox", ReasonCode.SourceMissing, trouble, null));
        }

        return ApiJson.Answer(
            new
            {
                Status = missing.Count == 0 ? "ready" : "not_ready",
                Missing = missing.Select(one => new { one.Part, Reason = one.Reason.WireName(), one.Message, one.Advice }),
            },
            missing.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private async Task CheckStoreAsync(List<UnavailablePart> missing, CancellationToken cancellation)
    {
        try
        {
            await parts.Store.LastEventAsync(cancellation).WaitAsync(StoreLimit, parts.Clock, cancellation);
        }
        catch (Exception away) when (away is JobStoreUnavailableException or TimeoutException)
        {
            missing.Add(new("store", ReasonCode.Internal, $"The job store does not answer: {away.Message}", "Look at Jobs:Store and the disk it lies on."));
        }
    }

    private async Task RefreshAsync(HttpContext context, RequestDelegate next)
    {
        await parts.Metrics.RefreshAsync(parts.Store, parts.Intake, context.RequestAborted);
        await next(context);
    }
}
