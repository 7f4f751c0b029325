using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace PoseBatch.Worker.Service.Api;

/// <summary>What the description says of all routes together: what it is, who may ask, the errors.</summary>
internal sealed class DescribedDocument : IOpenApiDocumentTransformer
{
    /// <inheritdoc/>
    public async Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new()
        {
            Title = "PoseBatch",
            Version = "1",
            Description = "Jobs of posebatch run: one video in, one folder of tables out. docs/operations.md tells it in words. Whatever takes GET takes HEAD, too.",
            License = new() { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        document.Servers = [];   // addresses are relative to where the document was had
        document.AddComponent(nameof(Problem), await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancellationToken));
        foreach (Failure failure in Failure.ByStatus.Values.Append(Failure.Other))
        {
            document.AddComponent(failure.Name, ResponseOf(failure, document));
        }

        document.Security = [.. Keys(document)];
    }

    private static OpenApiResponse ResponseOf(Failure failure, OpenApiDocument document) => new()
    {
        Description = $"{failure.Description} Problem JSON (RFC 9457).",
        Content = new Dictionary<string, OpenApiMediaType> { [Problem.MediaType] = new() { Schema = new OpenApiSchemaReference(nameof(Problem), document) } },
        Headers = DescribedOperation.Described(failure.Headers),
    };

    private static IEnumerable<OpenApiSecurityRequirement> Keys(OpenApiDocument document)
    {
        (string Name, OpenApiSecurityScheme Scheme)[] ways =
        [
            ("key", new() { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Api-Key", Description = "Service:ApiKey, where one is set." }),
            ("bearer", new() { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The same key." }),
            ("cookie", new() { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = ApiGuard.Cookie, Description = "The page's, from POST /api/session." }),
        ];
        foreach ((string name, OpenApiSecurityScheme scheme) in ways)
        {
            document.AddComponent(name, scheme);
            yield return new() { [new OpenApiSecuritySchemeReference(name, document)] = [] };
        }
    }
}
