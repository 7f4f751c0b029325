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
        RouteGroupBuilder session = routes.Section("Session");
        session.MapPost("/api/session", OpenAsync).WithMetadata(new OpenToAll()).Describe("openSession", "Trade the key for a cookie; for the page.")
            .Reads<SessionKey>().Sends(204, new AnswerHeader("Set-Cookie", "The page's cookie.", IsRequired: false)).Fails(400, 401, 408);
        session.MapDelete("/api/session", Close).WithMetadata(new OpenToAll()).Describe("closeSession", "Forget the cookie.")
            .Sends(204, new AnswerHeader("Set-Cookie", "Takes the cookie back."));
    }

    private async Task<NoContent> OpenAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!guard.IsKey(await ReadKeyAsync(request, cancellation)))
        {
            throw new ApiException(StatusCodes.Status401Unauthorized, "key_needed", "That is not the key.");
        }

        if (guard.NeedsKey)
        {
            request.HttpContext.Response.Cookies.Append(ApiGuard.Cookie, guard.CookieValue, Kind(request));
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

/// <summary>The body of a request for a session.</summary>
/// <param name="Key">Service:ApiKey.</param>
internal sealed record SessionKey(string Key);
