using System.Security.Cryptography;
using System.Text;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Marks an endpoint that answers without the key.</summary>
internal sealed class OpenToAll;

/// <summary>Marks an endpoint that a health check asks, which may be too simple to name the host.</summary>
internal sealed class HealthCheck;

/// <summary>
/// Lets through who may ask. On loopback: no name but this machine's in the Host header (a page elsewhere could have its name
/// point here). Everywhere: no change asked for by pages of other origins, and the key where one is set.
/// </summary>
internal sealed class ApiGuard(ServiceSettings settings)
{
    /// <summary>Name of the cookie that stands for the key on the page.</summary>
    public const string Cookie = "posebatch";

    private readonly bool _isLoopbackOnly = ServiceAddress.IsLoopbackOnly(settings);
    private readonly byte[]? _key = string.IsNullOrEmpty(settings.ApiKey) ? null : Hash(settings.ApiKey);

    /// <summary>Whether a key is asked for.</summary>
    public bool NeedsKey => _key is not null;

    /// <summary>What the cookie holds: made from the key, but not the key, and worthless once the key is changed.</summary>
    public string CookieValue => Convert.ToHexStringLower(HMACSHA256.HashData(_key!, "posebatch page"u8));

    /// <summary>The middleware.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        PageSecurity.Apply(context.Response);
        HttpRequest request = context.Request;
        if (_isLoopbackOnly && !ServiceAddress.IsLocalName(request.Host.Host) && !IsPlainHealthCheck(context))
        {
            throw new ApiException(
                StatusCodes.Status421MisdirectedRequest, "wrong_host", $"'{request.Host}' is not the name of this service.",
                "It listens on this machine only: use http://127.0.0.1 or http://localhost. For other names set Service:Url and Service:ApiKey.");
        }

        if (IsChange(request.Method) && IsFromElsewhere(request))
        {
            throw new ApiException(
                StatusCodes.Status403Forbidden, "wrong_origin", "Pages of other origins may not ask for changes.",
                "Use the service's own page, or a program that sends no Origin header.");
        }

        if (NeedsKey && context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is null && !HasKey(request))
        {
            throw new ApiException(
                StatusCodes.Status401Unauthorized, "key_needed", "The key is missing or wrong.",
                "Send the service's ApiKey as X-Api-Key or Authorization: Bearer.");
        }

        return next(context);
    }

    /// <summary>Whether a text is the key; takes the same time whatever it is.</summary>
    public bool IsKey(string? offered) => _key is null || (offered is not null && CryptographicOperations.FixedTimeEquals(Hash(offered), _key));

    private bool HasKey(HttpRequest request)
    {
        string? offered = request.Headers["X-Api-Key"];
        string? authorization = request.Headers.Authorization;
        if (offered is null && authorization?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true)
        {
            offered = authorization["Bearer ".Length..].Trim();
        }

        return offered is not null
            ? IsKey(offered)
            : request.Cookies[Cookie] is { } cookie
                && CryptographicOperations.FixedTimeEquals(Hash(cookie), Hash(CookieValue));
    }

    // HTTP/1.0 knows no Host header. No browser speaks it, so there is no page elsewhere whose name could point here.
    private static bool IsPlainHealthCheck(HttpContext context) =>
        HttpProtocol.IsHttp10(context.Request.Protocol) && context.Request.Headers.Host.Count == 0
        && context.GetEndpoint()?.Metadata.GetMetadata<HealthCheck>() is not null;

    /// <summary>Whether a method asks for a change.</summary>
    public static bool IsChange(string method) => !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method);

    private static bool IsFromElsewhere(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
        {
            return true;
        }

        // Behind something that ends TLS the scheme differs; host and port do not.
        return request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? from)
                && (from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)
                    || $"{from.Host}:{from.Port}".Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)));
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
