using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace PoseBatch.Worker.Service.Api;

/// <summary>
/// Describes types and properties with their own comments, from the files that the compiler puts beside the program. The package's
/// generator would compile all comments of all projects into the program: 0.8 MB, and 60 MB of memory once they are used.
/// </summary>
internal sealed class DescribedSchema : IOpenApiSchemaTransformer
{
    private readonly Dictionary<Assembly, Dictionary<string, string>> _comments = [];

    /// <inheritdoc/>
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        Type type = context.JsonTypeInfo.Type;
        schema.Description = CommentOf(type, $"T:{type.FullName}") ?? schema.Description;
        // Whether null is allowed is said where the type is used.
        schema.Enum = schema.Enum?.Where(value => value is not null && !value.IsJsonNullSentinel()).ToList();
        if (context.JsonTypeInfo.ElementType is { } element && typeof(IJsonRow).IsAssignableFrom(element))
        {
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.Array, Description = CommentOf(element, $"T:{element.FullName}") };
        }

        if (context.JsonPropertyInfo?.AttributeProvider is PropertyInfo property
            && CommentOf(property.DeclaringType!, $"P:{property.DeclaringType!.FullName}.{property.Name}") is { } comment)
        {
            Describe(schema, comment);
        }

        return Task.CompletedTask;
    }

    // A type that has a component of its own is only referred to, and the words go beside the reference.
    private static void Describe(OpenApiSchema schema, string comment)
    {
        if (schema.Metadata?.TryGetValue("x-schema-id", out object? component) == true && component is string { Length: > 0 })
        {
            schema.Metadata["x-ref-description"] = comment;
        }
        else
        {
            schema.Description = comment;
        }
    }

    private string? CommentOf(Type type, string member)
    {
        if (!_comments.TryGetValue(type.Assembly, out Dictionary<string, string>? known))
        {
            _comments.Add(type.Assembly, known = Read(Path.ChangeExtension(type.Assembly.Location, ".xml")));
        }

        return known.GetValueOrDefault(member.Replace('+', '.'));
    }

    private static Dictionary<string, string> Read(string file) => !File.Exists(file)
        ? []
        : XDocument.Load(file).Descendants("member").Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Text(member.Element("summary")!));

    // <see cref="T:A.B"/> names B, <paramref name="c"/> c; what is broken into lines is one sentence.
    private static string Text(XElement summary)
    {
        StringBuilder text = new();
        foreach (XNode node in summary.DescendantNodes())
        {
            text.Append(node switch
            {
                XText words => words.Value,
                XElement { IsEmpty: true } named => named.Attributes().First().Value.Split('.', ':')[^1],
                _ => string.Empty,
            });
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
