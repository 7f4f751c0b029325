using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PoseBatch.Jobs;
using PoseBatch.JobStores;

namespace PoseBatch.Documents;

/// <summary>jobs/job.schema.json says what the reader of jobs does, field by field; the examples are jobs; the page names fields that exist.</summary>
public class JobSchemaTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "jobs");
    private static readonly JsonElement SchemaText = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "job.schema.json"))).RootElement;
    private static readonly SmallSchema Schema = new(SchemaText);

    // For every field: what may stand there, at and beyond every border, and every wrong kind.
    private static readonly string[] Values =
    [
        "null", "true", "false", "{}", "[]", "\"\"", "\"x\"", "\"a\\u0000b\"", "-1", "-0.001", "0", "0.5", "1", "1.0", "1.001", "2", "5", "9", "10", "16", "100", "101",
        "256", "257", "1000", "1001", "3600", "3600.5", "86400", "86401", "1000000", "1000001", "31536000", "31536001", "9007199254740992", "9007199254740994", "1e3", "1e300",
        "\"flat\"", "\"nested\"", "\"never\"", "\"replace\"", "\"always\"", "\"auto\"", "\"cpu\"", "\"cuda\"", "\"tensorrt\"", "\"CPU\"", "\"fp32\"", "\"fp16\"",
        "\"none\"", "\"one-euro\"", "\"mark\"", "\"fail\"", "[\"dlc-csv\"]", "[\"dlc-csv\",\"dlc-csv\"]", "[\"DLC\"]", "[3]", "[null]", "[\"\"]",
        "\"0:30\"", "\"00:01:30.500\"", "\"12.5\"", "\"1:60\"", "\"1:2:3:4\"", "\"-1\"", "\"1,5\"", "\"90 s\"", "\"100:00\"", "\"1:99:00\"",
        "\"2027-01-31T18:00:00Z\"", "\"2027-01-31T18:00:00.1234567+01:00\"", "\"2027-01-31T18:00:00\"", "\"2027-01-31\"", "\"tomorrow\"", "\"2027-01-31 18:00:00Z\"",
        "\"https://example.org/a?b=c\"", "\"http://localhost:8080\"", "\"ftp://example.org\"", "\"example.org\"", "\"https://example.org/a b\"",
        "\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"", "\"81ARZ3NDEKTSV4RRFFQ69G5FAV\"", "\"01arz3ndektsv4rrffq69g5fav\"", "\"01ARZ3NDEKTSV4RRFFQ69G5FAU\"",
        "{\"a\":\"b\"}", "{\"a\":1}", "{\"\":\"b\"}", "{\"x_a\":1}", "{\"path\":\"a\"}", "{\"path\":\"a\",\"x_y\":[1]}", "{\"gpu\":true}", "{\"gpu\":1}", "{\"method\":\"none\"}",
        "{\"unknown\":1}", Text(40), Text(41), Text(64), Text(200), Text(201), Text(400), Text(401), Text(4096), Text(4097), "\"🏃\"",
        "\"" + string.Concat(Enumerable.Repeat("🏃", 200)) + "\"", "\"" + new string('A', 64) + "\"", "\"" + new string('g', 64) + "\"",
        Labels(64, 1), Labels(65, 1), Labels(1, 200), Labels(1, 201), Exports(16), Exports(17),
    ];

    [Fact]
    public void The_file_is_made_from_the_table_of_fields() => Generated.Check("jobs/job.schema.json", _ => JobSchema.Text());

    public static TheoryData<string> Fields()
    {
        TheoryData<string> fields = [];
        foreach (JsonProperty field in SchemaText.GetProperty("properties").EnumerateObject())
        {
            fields.Add(field.Name);
            if (field.Value.TryGetProperty("properties", out JsonElement inner))
            {
                foreach (JsonProperty below in inner.EnumerateObject())
                {
                    fields.Add($"{field.Name}.{below.Name}");
                }
            }
        }

        fields.Add("x_mine");
        fields.Add("unknown");
        fields.Add("source.x_mine");
        fields.Add("limits.unknown");
        return fields;
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void Schema_and_reader_agree_on_every_value_of_a_field(string path)
    {
        int accepted = 0;
        foreach (string value in Values)
        {
            string job = With(path, value);
            using JsonDocument document = JsonDocument.Parse(job);
            bool allowed = Schema.Accepts(document.RootElement);
            IReadOnlyList<string> problems = JobJson.TryRead(job, out JobSpec? spec);
            if (problems is ["frames.end: must be later than start"] or ["frames.end_frame: must be greater than start_frame"])
            {
                continue;   // a relation of two fields is the one thing the schema can only put in words
            }

            Assert.True(allowed == (problems.Count == 0), $"{job}: the schema {(allowed ? "accepts" : "refuses")}, the reader says: {string.Join("; ", problems)}");
            Assert.Equal(problems.Count == 0, spec is not null);
            Assert.All(problems, problem => Assert.StartsWith(path.Split('.')[0], problem, StringComparison.Ordinal));
            accepted += allowed ? 1 : 0;
        }

        Assert.Equal(path.EndsWith("unknown", StringComparison.Ordinal), accepted == 0);
    }

    [Fact]
    public void A_job_that_says_everything_uses_every_field_of_the_schema()
    {
        JsonObject written = JsonNode.Parse(JobJson.Write(SomeJobs.Everything))!.AsObject();
        foreach (string path in Fields().Select(row => row.Data).Where(path => !path.Contains("x_mine", StringComparison.Ordinal) && !path.Contains("unknown", StringComparison.Ordinal)))
        {
            JsonNode? node = written;
            foreach (string name in path.Split('.'))
            {
                node = node?[name];
            }

            Assert.True(node is not null, $"{path} is not written");
        }

        Assert.True(Schema.Accepts(JsonSerializer.SerializeToElement(written)));
    }

    [Fact]
    public void Every_example_is_a_job()
    {
        string[] examples = Directory.GetFiles(Path.Combine(Folder, "examples"), "*.json");
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            Assert.Empty(JobJson.TryRead(File.ReadAllText(example), out JobSpec? spec));
            Assert.NotNull(spec);
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(example));
            Assert.True(Schema.Accepts(document.RootElement), example);
        });
    }

    [Fact]
    public void The_page_names_every_field_or_its_section()
    {
        string page = File.ReadAllText(Path.Combine(Folder, "README.md"));
        string[] named = [.. Regex.Matches(page, @"(?m)^\| (.+?) \|").SelectMany(row => Regex.Matches(row.Groups[1].Value, "`([a-z0-9_.*]+)`")).Select(name => name.Groups[1].Value)];
        string[] fields = [.. Fields().Select(row => row.Data).Where(path => !path.Contains("unknown", StringComparison.Ordinal) && !path.Contains("x_mine", StringComparison.Ordinal))];

        Assert.All(named, name => Assert.Contains(fields, field => field == name || (name.EndsWith(".*", StringComparison.Ordinal) && field.StartsWith(name[..^1], StringComparison.Ordinal))));
        string[] untold = [.. fields.Where(field => !named.Contains(field) && !named.Contains(field.Split('.')[0] + ".*")
            && !named.Any(name => name.StartsWith(field + ".", StringComparison.Ordinal)))];
        Assert.Equal(["output.layout", "spec_version"], untold.Order(StringComparer.Ordinal));
    }

    private static string With(string path, string value)
    {
        string[] names = path.Split('.');
        string field = names.Length == 1
            ? $"\"{names[0]}\":{value}"
            : names[0] == "source" && names[1] != "path" ? $"\"source\":{{\"path\":\"a\",\"{names[1]}\":{value}}}" : $"\"{names[0]}\":{{\"{names[1]}\":{value}}}";
        return names[0] == "source" ? $"{{{field}}}" : $"{{\"source\":{{\"path\":\"a\"}},{field}}}";
    }

    private static string Text(int length) => $"\"{new string('a', length)}\"";

    private static string Labels(int count, int length) => "{" + string.Join(",", Enumerable.Range(0, count).Select(i => $"\"{i}\":{Text(length)}")) + "}";

    private static string Exports(int count) => "[" + string.Join(",", Enumerable.Range(0, count).Select(i => $"\"e{i}\"")) + "]";
}
