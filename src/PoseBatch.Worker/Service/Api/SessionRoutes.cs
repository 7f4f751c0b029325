using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Lets the page stand in for its user: the key once, then a cookie, because pictures and event streams carry no headers.</summary>
internal sealed class SessionRoutes(ApiGuard guard)
{
    private const int MostBytes = 4096;

    /// <summary>Maps the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/session", (Delegate)OpenAsync).WithMetadata(new OpenToAll());
        routes.MapDelete("/api/session", (Delegate)Close).WithMetadata(new OpenToAll());
    }

    private async Task<IResult> OpenAsync(HttpContext context)
    {
        if (!guard.IsKey(await ReadKeyAsync(context.Request, context.RequestAborted)))
        {
            throw new ApiException(StatusCodes.Status401Unauthorized, "key_needed", "That is not the key.");
        }

        if (guard.NeedsKey)
        {
            context.Response.Cookies.Append(ApiGuard.Cookie, guard.CookieValue, Kind(context.Request));
        }

        return TypedResults.NoContent();
    }

    private static NoContent Close(HttpContext context)
    {
        context.Response.Cookies.Delete(ApiGuard.Cookie, Kind(context.Request));
        return TypedResults.NoContent();
    }

    private static CookieOptions Kind(HttpRequest request) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = request.IsHttps,
        Path = "/",
    };

    private static async Task<string?> ReadKeyAsync(HttpRequest request, CancellationToken cancellation)
    {
        byte[] body = new byte[MostBytes];
        int size = 0, count;
        while (size < body.Length && (count = await request.Body.ReadAsync(body.AsMemory(size), cancellation)) > 0)
        {
            size += count;
        }

        try
        {
            JsonElement json = JsonElement.Parse(body.AsSpan(0, size));
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty("key", out JsonElement key) && key.ValueKind == JsonValueKind.String
                ? key.GetString()
                : null;
        }
        catch (JsonException)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "bad_request", "Send {\"key\": \"...\"}.", field: "key");
        }
    }
}
