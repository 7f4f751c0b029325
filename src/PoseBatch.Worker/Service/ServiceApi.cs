using OpenTelemetry.Metrics;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Api;
using PoseBatch.Worker.Service.Api.Viewer;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service;

/// <summary>The HTTP side of the service: API, live page, health, metrics. docs/operations.md describes it.</summary>
internal static class ServiceApi
{
    /// <summary>Registers what the routes are written and described with.</summary>
    public static void AddTo(IServiceCollection services) => ApiDescription.AddTo(services);

    /// <summary>Maps everything onto a web application that has not been started yet.</summary>
    /// <exception cref="SettingsException">The address could be reached by others and no key is set.</exception>
    public static void Map(WebApplication app, ServiceParts parts)
    {
        ServiceAddress.Check(parts.Settings.Service);
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        ErrorAnswers errors = new(parts.Logger);
        ApiGuard guard = new(parts.Settings.Service);
        app.Use(next => context => errors.InvokeAsync(context, next));
        app.Use(next => context => guard.InvokeAsync(context, next));

        MeterProvider meters = PrometheusMetrics.Collect(parts.Metrics.Meter);
        app.Lifetime.ApplicationStopped.Register(meters.Dispose);
        new JobRoutes(parts, new EventStream(parts, stopping)).Map(app);
        new ResultRoutes(parts).Map(app);
        FramePictures pictures = new(parts);
        app.Lifetime.ApplicationStopped.Register(pictures.Dispose);
        ViewerRoutes viewer = new(parts, pictures);
        app.Lifetime.ApplicationStopped.Register(viewer.Dispose);
        viewer.Map(app);
        new UploadRoutes(parts, stopping).Map(app);
        new HealthRoutes(parts, meters).Map(app);
        new ApiDescription(app.Services).Map(app);
        new SessionRoutes(guard).Map(app);
        StaticPage.Map(app);
    }
}
