using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Writes down what a route says of itself beyond the types of its handler: parameters, body, headers, errors.</summary>
internal sealed class DescribedOperation : IOpenApiOperationTransformer
{
    private const string Bytes = "binary";

    /// <inheritdoc/>
    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        foreach (RequestParameter parameter in metadata.OfType<RequestParameters>().SelectMany(one => one.All))
        {
            (operation.Parameters ??= []).Add(Described(parameter));
        }

        if (metadata.OfType<RequestBody>().LastOrDefault() is { } body)
        {
            IOpenApiSchema schema = body.Type == typeof(Stream)
                ? new OpenApiSchema { Type = JsonSchemaType.String, Format = Bytes }
                : await SchemaAsync(body.Type, context, cancellationToken);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { [body.MediaType] = new() { Schema = schema } },
            };
        }

        operation.Responses ??= [];
        foreach (AnswerMedia sent in metadata.OfType<AnswerMedia>())
        {
            OpenApiResponse answer = (OpenApiResponse)operation.Responses[Text(sent.Status)];
            answer.Content ??= new Dictionary<string, OpenApiMediaType>();
            foreach (string type in sent.MediaTypes)
            {
                answer.Content[type] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = type.StartsWith("text/", StringComparison.Ordinal) ? null : Bytes } };
            }
        }

        foreach (AnswerHeaders sent in metadata.OfType<AnswerHeaders>())
        {
            ((OpenApiResponse)operation.Responses[Text(sent.Status)]).Headers = Described(sent.Headers);
        }

        bool isOpen = metadata.OfType<OpenToAll>().Any();
        foreach (int status in ErrorsOf(context.Description.HttpMethod!, metadata, isOpen))
        {
            operation.Responses.TryAdd(Text(status), new OpenApiResponseReference(Failure.ByStatus[status].Name, context.Document));
        }

        operation.Responses["default"] = new OpenApiResponseReference(Failure.Other.Name, context.Document);
        operation.Security = isOpen ? [] : null;
    }

    /// <summary>Headers of an answer.</summary>
    internal static Dictionary<string, IOpenApiHeader> Described(IEnumerable<AnswerHeader> headers) => headers.ToDictionary(header => header.Name, IOpenApiHeader (header) => new OpenApiHeader
    {
        Description = header.Description,
        Required = header.IsRequired,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    });

    private static IEnumerable<int> ErrorsOf(string method, IList<object> metadata, bool isOpen)
    {
        IEnumerable<int> own = metadata.OfType<Failures>().SelectMany(one => one.Statuses);
        IEnumerable<int> common = [421, .. metadata.OfType<RequestParameters>().Any() ? [400] : (int[])[], .. isOpen ? [] : (int[])[401], .. ApiGuard.IsChange(method) ? [403] : (int[])[]];
        return own.Concat(common).Distinct().Order();
    }

    private static async Task<IOpenApiSchema> SchemaAsync(Type type, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        context.Document!.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancellation));
        return new OpenApiSchemaReference(type.Name, context.Document);
    }

    private static OpenApiParameter Described(RequestParameter parameter) => new()
    {
        Name = parameter.Name,
        In = parameter is HeaderParameter ? ParameterLocation.Header : ParameterLocation.Query,
        Description = parameter.Description,
        Required = parameter is TextParameter { IsRequired: true },
        Schema = parameter is NumberParameter number
            ? new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = Text(number.Least),
                Maximum = number.Most == long.MaxValue ? null : Text(number.Most),
                Default = number.Standard is { } standard ? JsonValue.Create(standard) : null,
            }
            : new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
