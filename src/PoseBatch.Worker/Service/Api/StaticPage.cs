using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace PoseBatch.Worker.Service.Api;

/// <summary>The live page's files: they travel inside the program, so there is no folder to lose and no path to leave.</summary>
internal static class StaticPage
{
    private const string Folder = "wwwroot/";

    private static readonly FrozenDictionary<string, string> MediaTypes = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".json"] = "application/json",
    }.ToFrozenDictionary();

    /// <summary>Names of the files, as they stand behind the slash of their address.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(StaticPage).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name => name[Folder.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>One file.</summary>
    public static byte[] Read(string name)
    {
        using Stream stream = typeof(StaticPage).Assembly.GetManifestResourceStream(Folder + name)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Maps one route per file, and the page itself to the root.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (string name in Names)
        {
            byte[] content = Read(name);
            EntityTagHeaderValue tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"");
            string type = MediaTypes[Path.GetExtension(name)];
            foreach (string address in AddressesOf(name))
            {
                routes.MapRead(address, (HttpContext context) =>
                {
                    context.Response.Headers.CacheControl = "no-cache";
                    return TypedResults.Bytes(content, type, entityTag: tag);
                }).WithMetadata(new OpenToAll()).ExcludeFromDescription().DisableHttpMetrics();   // no series per file
            }
        }
    }

    private static string[] AddressesOf(string name) => name switch
    {
        "index.html" => ["/"],
        "docs.html" => ["/docs", "/docs.html"],
        "favicon.svg" => ["/favicon.svg", "/favicon.ico"],
        _ => ["/" + name],
    };
}
