namespace PoseBatch.Worker.Service.Api;

/// <summary>Routes that read.</summary>
internal static class Reading
{
    /// <summary>GET, and HEAD: monitors ask with it, and the server leaves the body out by itself.</summary>
    public static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps a route for <see cref="Methods"/>.</summary>
    public static RouteHandlerBuilder MapRead(this IEndpointRouteBuilder routes, string address, Delegate handler) =>
        routes.MapMethods(address, Methods, handler);
}
