using Microsoft.AspNetCore.Http.HttpResults;
using OpenTelemetry.Metrics;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Whether the process lives, whether it can do its work, and its meters.</summary>
internal sealed class HealthRoutes(ServiceParts parts, MeterProvider meters)
{
    private static readonly TimeSpan StoreLimit = TimeSpan.FromSeconds(5);

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder health = routes.Section("Service");
        health.MapRead("/healthz/live", () => TypedResults.Ok(new Liveness("live"))).WithMetadata(new OpenToAll(), new HealthCheck()).Describe("live", "The process lives.");
        health.MapRead("/healthz/ready", ReadyAsync).WithMetadata(new HealthCheck()).Describe("ready", "Jobs can be run; if not, 503 says why.")
            .Produces<ServiceHealth>().Produces<ServiceHealth>(503);
        health.MapPrometheusScrapingEndpoint("/metrics", meters, pipeline => pipeline.Use(RefreshAsync), optionsName: null)
            .WithMetadata(new HttpMethodMetadata(Reading.Methods), typeof(RequestDelegate).GetMethod(nameof(RequestDelegate.Invoke))!)   // without a method the description would pass over it
            .WithMetadata(new ProducesResponseTypeMetadata(200)).SendsAs(200, "text/plain", "application/openmetrics-text")
            .Describe("metrics", "The meters, in the text format of Prometheus 0.0.4, or in that of OpenMetrics for who accepts it.")
            .Sends(200, new AnswerHeader("Last-Modified", "When they were gathered."), new AnswerHeader("Vary", "Accept: it chooses the format."));
    }

    private async Task<JsonHttpResult<ServiceHealth>> ReadyAsync(HttpContext context)
    {
        List<UnavailablePart> missing = [.. parts.Readiness().Missing];
        await CheckStoreAsync(missing, context.RequestAborted);
        if (parts.Output.Try() is { } output)
        {
            missing.Add(output);
        }

        if (parts.Intake.Trouble is { } trouble)
        {
            missing.Add(new("inbox", ReasonCode.SourceMissing, trouble, null));
        }

        return TypedResults.Json(ServiceHealth.Of(missing), statusCode: missing.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
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
