namespace PoseBatch.Worker.Api;

/// <summary>Outermost: whatever goes wrong further in leaves as problem JSON, also what the framework answers with an empty body.</summary>
internal sealed partial class ErrorAnswers(ILogger logger)
{
    /// <summary>The middleware.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
            context.Abort();
            return;
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            Problem problem = Problem.Of(failure);
            if (problem.Status == StatusCodes.Status500InternalServerError)
            {
                Failed(logger, failure, context.Request.Method, context.Request.Path.Value ?? string.Empty);
            }

            context.Response.Clear();
            PageSecurity.Apply(context.Response);
            await problem.WriteAsync(context);
            return;
        }

        if (!context.Response.HasStarted && context.Response.ContentType is null && context.Response.StatusCode >= StatusCodes.Status400BadRequest)
        {
            await Silent(context).WriteAsync(context);
        }
    }

    private static Problem Silent(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.Of(404, "not_found", $"There is nothing at {context.Request.Path}.", "GET /openapi.json lists what there is."),
        StatusCodes.Status405MethodNotAllowed => Problem.Of(405, "method_not_allowed", $"{context.Request.Path} does not take {context.Request.Method}."),
        int status => Problem.Of(status, "bad_request", $"The request was answered with {status}."),
    };

    [LoggerMessage(501, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void Failed(ILogger logger, Exception failure, string method, string path);
}
