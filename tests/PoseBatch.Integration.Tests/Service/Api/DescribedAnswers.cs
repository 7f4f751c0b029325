using System.Net;
using System.Text.Json;
using PoseBatch.Documents;

namespace PoseBatch.Service.Api;

/// <summary>
/// Holds every answer that a test is given against the API's own description: the status is named for that route, the media type
/// too, the body is as its schema says, and the headers that are promised are there and no other.
/// </summary>
internal sealed class DescribedAnswers(HttpMessageHandler inner, JsonElement document) : DelegatingHandler(inner)
{
    private readonly SmallSchema _schemas = new(document);

    // What every answer may have: of HTTP itself (Content-Encoding: identity keeps event streams from being packed), or of PageSecurity.
    private static readonly HashSet<string> Usual = new(StringComparer.OrdinalIgnoreCase)
    {
        "Date", "Server", "Connection", "Transfer-Encoding", "Content-Length", "Content-Type", "Content-Encoding", "Cache-Control", "Pragma", "Content-Security-Policy",
        "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy",
    };

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        if (OperationOf(request) is { } operation)
        {
            await CheckAsync(request, operation, answer, cancellationToken);
        }

        return answer;
    }

    private async Task CheckAsync(HttpRequestMessage request, JsonElement operation, HttpResponseMessage answer, CancellationToken cancellation)
    {
        string what = $"{request.Method} {request.RequestUri!.PathAndQuery} gave {(int)answer.StatusCode}";
        Assert.True(operation.GetProperty("responses").TryGetProperty($"{(int)answer.StatusCode}", out JsonElement response), $"{what}, which the description does not name.");
        response = _schemas.Resolved(response);
        Dictionary<string, JsonElement> promised = response.TryGetProperty("headers", out JsonElement headers)
            ? headers.EnumerateObject().ToDictionary(header => header.Name, header => header.Value, StringComparer.OrdinalIgnoreCase)
            : new(StringComparer.OrdinalIgnoreCase);
        string[] sent = [.. answer.Headers.Concat(answer.Content.Headers).Select(header => header.Key)];
        Assert.All(promised.Where(header => header.Value.TryGetProperty("required", out JsonElement required) && required.GetBoolean()), header => Assert.True(sent.Contains(header.Key, StringComparer.OrdinalIgnoreCase), $"{what} without {header.Key}."));
        Assert.All(sent.Where(name => !Usual.Contains(name)), name => Assert.True(promised.ContainsKey(name), $"{what} with a header that is not described: {name}."));

        string? type = answer.Content.Headers.ContentType?.MediaType;
        if (!response.TryGetProperty("content", out JsonElement content))
        {
            Assert.True(type is null, $"{what} with a body that is not described.");
            return;
        }

        JsonElement media = default;
        Assert.True(type is not null && content.TryGetProperty(type, out media), $"{what} as {type}, which is not described.");
        if (request.Method == HttpMethod.Head || answer.StatusCode == HttpStatusCode.PartialContent || type is not ("application/json" or "application/problem+json"))
        {
            return;
        }

        await answer.Content.LoadIntoBufferAsync(cancellation);
        JsonElement body = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation));
        if (_schemas.FaultOf(media.GetProperty("schema"), body, "the answer") is { } fault)
        {
            Assert.Fail($"{what}: {fault}");
        }
    }

    private JsonElement? OperationOf(HttpRequestMessage request)
    {
        string[] parts = request.RequestUri!.AbsolutePath.Split('/');
        string method = request.Method == HttpMethod.Head ? "get" : request.Method.Method.ToLowerInvariant();
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
        {
            string[] wanted = path.Name.Split('/');
            if (wanted.Length == parts.Length && wanted.Zip(parts).All(pair => pair.First == pair.Second || (pair.First.StartsWith('{') && pair.Second.Length > 0))
                && path.Value.TryGetProperty(method, out JsonElement operation))
            {
                return operation;
            }
        }

        return null;   // the page's own files, and what there is not
    }
}
