using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;

namespace PoseBatch.Service.Api;

/// <summary>The description of the API for programs: all that there is, with words and types. <see cref="DescribedAnswers"/> holds the answers of all tests to it.</summary>
public sealed class DescriptionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_has_every_route_and_no_other()
    {
        await using TestService service = await TestService.StartAsync();
        JsonElement document = await DocumentAsync(service);
        string[] page = ["/", "/docs", "/favicon.ico", .. PoseBatch.Worker.Service.Api.StaticPage.Names.Select(name => "/" + name)];
        IEnumerable<string> mapped = service.Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => !page.Contains(endpoint.RoutePattern.RawText))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(verb => $"{verb} {endpoint.RoutePattern.RawText}"))
            .Where(verb => !verb.StartsWith("HEAD ", StringComparison.Ordinal));   // HEAD is GET without a body

        Assert.Equal(mapped.Order(StringComparer.Ordinal), Operations(document).Select(one => one.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_route_has_a_name_of_its_own_a_sentence_and_a_heading()
    {
        await using TestService service = await TestService.StartAsync();
        (string Name, JsonElement Of)[] operations = [.. Operations(await DocumentAsync(service))];
        string[] ids = [.. operations.Select(one => one.Of.GetProperty("operationId").GetString()!)];

        Assert.Equal(ids.Distinct(), ids);
        Assert.All(operations, one => Assert.EndsWith(".", one.Of.GetProperty("summary").GetString(), StringComparison.Ordinal));
        Assert.All(operations, one => Assert.Single(one.Of.GetProperty("tags").EnumerateArray()));
        Assert.All(operations.Where(one => one.Of.TryGetProperty("parameters", out _)).SelectMany(one => one.Of.GetProperty("parameters").EnumerateArray()),
            parameter => Assert.False(string.IsNullOrEmpty(parameter.GetProperty("description").GetString())));
    }

    [Fact]
    public async Task Every_answer_of_a_route_says_what_it_holds()
    {
        await using TestService service = await TestService.StartAsync();
        JsonElement document = await DocumentAsync(service);
        PoseBatch.Documents.SmallSchema schemas = new(document);
        foreach ((string name, JsonElement operation) in Operations(document))
        {
            JsonProperty[] answers = [.. operation.GetProperty("responses").EnumerateObject()];
            Assert.Contains(answers, answer => answer.Name.StartsWith('2'));
            foreach (JsonProperty answer in answers)
            {
                bool hasBody = schemas.Resolved(answer.Value).TryGetProperty("content", out JsonElement content);
                Assert.True(hasBody == answer.Name is not ("204" or "304"), $"{name}: {answer.Name}");
                Assert.True(!hasBody || content.EnumerateObject().All(media => media.Value.TryGetProperty("schema", out _)), $"{name}: {answer.Name}");
                Assert.True(answer.Name[0] is not ('4' or 'd') || content.TryGetProperty("application/problem+json", out _), $"{name}: {answer.Name}");
            }
        }
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_every_field_of_an_answer_is_explained()
    {
        await using TestService service = await TestService.StartAsync();
        JsonElement document = await DocumentAsync(service);
        PoseBatch.Documents.SmallSchema schemas = new(document);
        List<string> silent = [];
        Walk(document, "#");

        Assert.Empty(silent);

        void Walk(JsonElement at, string place)
        {
            if (at.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement item in at.EnumerateArray())
                {
                    Walk(item, place);
                }
            }

            if (at.ValueKind != JsonValueKind.Object)
            {
                return;
            }

            if (at.TryGetProperty("$ref", out _))
            {
                schemas.Resolved(at);
            }

            if (at.TryGetProperty("properties", out JsonElement properties) && !place.StartsWith("#/components/schemas/JobSpec", StringComparison.Ordinal))
            {
                silent.AddRange(properties.EnumerateObject().Where(one => !one.Value.GetRawText().Contains("\"description\"", StringComparison.Ordinal)).Select(one => $"{place}/{one.Name}"));
            }

            foreach (JsonProperty one in at.EnumerateObject())
            {
                Walk(one.Value, $"{place}/{one.Name}");
            }
        }
    }

    [Fact]
    public async Task A_job_is_described_by_the_schema_of_jobs()
    {
        await using TestService service = await TestService.StartAsync();
        JsonElement document = await DocumentAsync(service);
        JsonElement schema = JsonElement.Parse(await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "jobs", "job.schema.json"), Stop));
        JsonElement body = document.GetProperty("paths").GetProperty("/api/jobs").GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json");

        Assert.True(JsonElement.DeepEquals(
            schema.GetProperty("properties"), new PoseBatch.Documents.SmallSchema(document).Resolved(body.GetProperty("schema")).GetProperty("properties")));
    }

    [Fact]
    public async Task It_is_had_by_its_old_address_too_and_the_same_every_time()
    {
        await using TestService service = await TestService.StartAsync();
        using HttpResponseMessage answer = await service.Client.GetAsync("/openapi/v1.json", Stop);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("3.1", JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(Stop)).GetProperty("openapi").GetString()![..3]);
        Assert.Equal(await answer.Content.ReadAsStringAsync(Stop), await service.Client.GetStringAsync("/openapi.json", Stop));
    }

    private static async Task<JsonElement> DocumentAsync(TestService service) => JsonElement.Parse(await service.Client.GetStringAsync("/openapi/v1.json", Stop));

    private static IEnumerable<(string Name, JsonElement Of)> Operations(JsonElement document) => document.GetProperty("paths").EnumerateObject()
        .SelectMany(path => path.Value.EnumerateObject().Select(verb => ($"{verb.Name.ToUpperInvariant()} {path.Name}", verb.Value)));
}
