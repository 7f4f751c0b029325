using System.Text.Json;
using PoseBatch.Worker.Service.Api;

namespace PoseBatch.Service.Api;

/// <summary>
/// Holds every answer that a test is given against the API's own description: the status is named for that route, the media type
/// too, the body is as its schema says, and the headers that are promised are there and no other.
/// </summary>
internal sealed class DescribedAnswers(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly JsonElement Document = JsonElement.Parse(StaticPage.Resource("openapi.json"));

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

    private static async Task CheckAsync(HttpRequestMessage request, JsonElement operation, HttpResponseMessage answer, CancellationToken cancellation)
    {
        string what = $"{request.Method} {request.RequestUri!.PathAndQuery} gave {(int)answer.StatusCode}";
        Assert.True(operation.GetProperty("responses").TryGetProperty($"{(int)answer.StatusCode}", out JsonElement response), $"{what}, which the description does not name.");
        response = Resolved(response);
        Dictionary<string, JsonElement> promised = response.TryGetProperty("headers", out JsonElement headers)
            ? headers.EnumerateObject().ToDictionary(header => header.Name, header => header.Value, StringComparer.OrdinalIgnoreCase)
            : new(StringComparer.OrdinalIgnoreCase);
        string[] sent = [.. answer.Headers.Concat(answer.Content.Headers).Select(header => header.Key)];
        Assert.All(promised.Where(header => header.Value.GetProperty("required").GetBoolean()), header => Assert.True(sent.Contains(header.Key, StringComparer.OrdinalIgnoreCase), $"{what} without {header.Key}."));
        Assert.All(sent.Where(name => !Usual.Contains(name)), name => Assert.True(promised.ContainsKey(name), $"{what} with a header that is not described: {name}."));

        string? type = answer.Content.Headers.ContentType?.MediaType;
        if (!response.TryGetProperty("content", out JsonElement content))
        {
            Assert.True(type is null, $"{what} with a body that is not described.");
            return;
        }

        Assert.True(type is not null && (content.TryGetProperty(type, out JsonElement media) || content.TryGetProperty("*/*", out media)), $"{what} as {type}, which is not described.");
        if (request.Method == HttpMethod.Head || type is not ("application/json" or "application/problem+json") || !content.TryGetProperty(type, out media))
        {
            return;
        }

        await answer.Content.LoadIntoBufferAsync(cancellation);
        JsonElement body = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation));
        if (FaultOf(body, media.GetProperty("schema"), "the answer") is { } fault)
        {
            Assert.Fail($"{what}: {fault}");
        }
    }

    private static JsonElement? OperationOf(HttpRequestMessage request)
    {
        string[] parts = request.RequestUri!.AbsolutePath.Split('/');
        string method = request.Method == HttpMethod.Head ? "get" : request.Method.Method.ToLowerInvariant();
        foreach (JsonProperty path in Document.GetProperty("paths").EnumerateObject())
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

    private static JsonElement Resolved(JsonElement one)
    {
        while (one.TryGetProperty("$ref", out JsonElement reference))
        {
            one = reference.GetString()!.Split('/')[1..].Aggregate(Document, (at, name) => at.GetProperty(name));
        }

        return one;
    }

    // The words of JSON Schema that the description uses; another one must not pass unread.
    private static string? FaultOf(JsonElement value, JsonElement given, string place)
    {
        JsonElement schema = Resolved(given);
        foreach (JsonProperty word in schema.EnumerateObject())
        {
            string? fault = word.Name switch
            {
                "type" => Types(word.Value).Contains(TypeOf(value)) || (TypeOf(value) == "integer" && Types(word.Value).Contains("number"))
                    ? null
                    : $"{place} should be {word.Value.GetRawText()} but is {value.GetRawText()}",
                "enum" => word.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)) ? null : $"{place} is {value.GetRawText()}, not one of {word.Value.GetRawText()}",
                "required" when value.ValueKind == JsonValueKind.Object =>
                    word.Value.EnumerateArray().Select(name => name.GetString()!).FirstOrDefault(name => !value.TryGetProperty(name, out _)) is { } missing ? $"{place} has no {missing}" : null,
                "properties" when value.ValueKind == JsonValueKind.Object => word.Value.EnumerateObject()
                    .Select(property => value.TryGetProperty(property.Name, out JsonElement found) ? FaultOf(found, property.Value, $"{place}.{property.Name}") : null).FirstOrDefault(one => one is not null),
                "additionalProperties" when value.ValueKind == JsonValueKind.Object && word.Value.ValueKind == JsonValueKind.Object => value.EnumerateObject()
                    .Where(property => !(schema.TryGetProperty("properties", out JsonElement known) && known.TryGetProperty(property.Name, out _)))
                    .Select(property => FaultOf(property.Value, word.Value, $"{place}.{property.Name}")).FirstOrDefault(one => one is not null),
                "additionalProperties" when value.ValueKind == JsonValueKind.Object && word.Value.ValueKind == JsonValueKind.False => value.EnumerateObject()
                    .Where(property => !schema.GetProperty("properties").TryGetProperty(property.Name, out _)).Select(property => $"{place} has {property.Name}, which is not described").FirstOrDefault(),
                "items" when value.ValueKind == JsonValueKind.Array => value.EnumerateArray().Select((item, index) => FaultOf(item, word.Value, $"{place}[{index}]")).FirstOrDefault(one => one is not null),
                "required" or "properties" or "additionalProperties" or "items" or "description" or "format" => null,
                _ => $"the schema of {place} says '{word.Name}', which is not read here",
            };
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    private static string[] Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(one => one.GetString()!)] : [type.GetString()!];

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Null => "null",
        _ => value.TryGetInt64(out _) ? "integer" : "number",
    };
}
