namespace PoseBatch.Worker.Api;

/// <summary>Routes that read.</summary>
internal static class Reading
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps a route for GET, and for HEAD: monitors ask with it, and the server leaves the body out by itself.</summary>
    public static RouteHandlerBuilder MapRead(this IEndpointRouteBuilder routes, string address, Delegate handler) =>
        routes.MapMethods(address, Methods, handler);
}
