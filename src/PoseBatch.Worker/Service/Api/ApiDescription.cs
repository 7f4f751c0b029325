using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>The description of the API for programs (OpenAPI 3.1), made from the routes when it is first asked for.</summary>
internal sealed class ApiDescription(IServiceProvider services)
{
    private const string Version = "v1";
    private byte[]? _document;

    /// <summary>Registers what makes it, and how the answers of all routes are written.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ApiJson.Apply(options.SerializerOptions));
        services.AddOpenApi(Version, options =>
        {
            options.ShouldInclude = description => description.HttpMethod != HttpMethods.Head;   // GET without a body
            options.AddDocumentTransformer<DescribedDocument>();
            options.AddOperationTransformer<DescribedOperation>();
            options.AddSchemaTransformer<DescribedSchema>();
        });
    }

    /// <summary>Maps its address, and the one it had before.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder service = routes.Section("Service");
        service.MapRead("/openapi/v1.json", DocumentAsync).Describe("openApi", "This document.").Produces<JsonObject>();
        service.MapRead("/openapi.json", DocumentAsync).Describe("openApiBefore", "This document, by the address it had before.").Produces<JsonObject>();
    }

    private async Task<IResult> DocumentAsync(CancellationToken cancellation) =>
        TypedResults.Bytes(_document ??= await MakeAsync(services, cancellation), "application/json");

    /// <summary>The document of an application's routes.</summary>
    public static async Task<byte[]> MakeAsync(IServiceProvider services, CancellationToken cancellation)
    {
        OpenApiDocument document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Version).GetOpenApiDocumentAsync(cancellation);
        JsonNode written = JsonNode.Parse(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, cancellation))!;

        JsonObject job = JobSchema.Build();
        job.Remove("$schema");
        written["components"]!["schemas"]![nameof(JobSpec)] = job;
        return Encoding.UTF8.GetBytes(written.ToJsonString(ApiJson.Options));
    }
}
