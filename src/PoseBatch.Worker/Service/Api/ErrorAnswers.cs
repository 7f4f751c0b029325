using Microsoft.AspNetCore.Connections;

namespace PoseBatch.Worker.Service.Api;

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
        catch (Exception failure) when (context.RequestAborted.IsCancellationRequested || failure is ConnectionResetException or ConnectionAbortedException)
        {
            // Nobody is there to be told; a body that ends so is known a moment before the request is called aborted.
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

        // A file that is asked for in a part it does not have, or under a condition it does not meet, has its type set already.
        if (!context.Response.HasStarted && context.Response.StatusCode >= StatusCodes.Status400BadRequest
            && (context.Response.ContentType is null
                || context.Response.StatusCode is StatusCodes.Status412PreconditionFailed or StatusCodes.Status416RangeNotSatisfiable))
        {
            await Silent(context).WriteAsync(context);
        }
    }

    private static Problem Silent(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problem.Of(404, "no_route", $"There is nothing at {context.Request.Path}.", "GET /openapi/v1.json lists what there is."),
        StatusCodes.Status405MethodNotAllowed => Problem.Of(405, "method_not_allowed", $"{context.Request.Path} does not take {context.Request.Method}."),
        StatusCodes.Status412PreconditionFailed => Problem.Of(412, "precondition_failed", "The file is not as the request's condition wants it.", "Ask without If-Match and If-Unmodified-Since."),
        StatusCodes.Status416RangeNotSatisfiable => Problem.Of(416, "range_not_satisfiable", "The file has no such range.", "Content-Range tells its size."),
        int status => Problem.Of(status, "bad_request", $"The request was answered with {status}."),
    };

    [LoggerMessage(501, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void Failed(ILogger logger, Exception failure, string method, string path);
}
