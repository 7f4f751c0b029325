using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PoseBatch.Service;
using PoseBatch.Service.Api;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Cases;

/// <summary>A job names a model by its name, or one below the allowed roots; nothing else on the machine.</summary>
public sealed class ModelPlacesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_names_and_what_lies_below_the_roots_may_be_named()
    {
        Directory.CreateDirectory(_folder["root/package"]);
        Directory.CreateDirectory(_folder["elsewhere/package"]);
        File.CreateSymbolicLink(_folder["root/link"], _folder["elsewhere/package"]);
        Settings settings = new() { Models = new() { Root = _folder["models"], Default = _folder["elsewhere/package"] } };
        AllowedModels places = new(settings, [_folder["root"]]);

        Assert.Null(places.ProblemOf(null));
        Assert.Null(places.ProblemOf("posebatch-small"));
        Assert.Null(places.ProblemOf("a name that nothing has"));
        Assert.Null(places.ProblemOf(_folder["root/package"]));
        Assert.Null(places.ProblemOf(_folder["root/not there yet.onnx"]));
        Assert.Null(places.ProblemOf(_folder["models/mine"]));
        Assert.Null(places.ProblemOf(_folder["elsewhere/package"]));   // the settings name it
        Assert.NotNull(places.ProblemOf(_folder["elsewhere/package/model.onnx"]));
        Assert.NotNull(places.ProblemOf(_folder["root/link"]));
        Assert.NotNull(places.ProblemOf(_folder["root/../elsewhere"]));
        Assert.NotNull(places.ProblemOf("/etc/passwd"));
        Assert.NotNull(places.ProblemOf(".."));
        Assert.NotNull(places.ProblemOf("x\0y"));
    }

    [Theory]
    [InlineData("name")]
    [InlineData("detector")]
    public async Task A_job_over_http_that_names_any_path_is_refused_with_the_field(string field)
    {
        await using TestService service = await TestService.StartAsync();
        Dictionary<string, object> job = new()
        {
            ["source"] = new { path = "clip.mp4" },
            ["model"] = new Dictionary<string, string> { [field] = "/etc/passwd" },
        };
        using HttpResponseMessage answer = await service.Client.PostAsJsonAsync("/api/jobs", job, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        JsonElement problem = await TestService.JsonAsync(answer);
        Assert.Equal("model." + field, problem.GetProperty("field").GetString());
        Assert.Contains("/etc/passwd", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_file_that_names_any_path_is_refused_with_the_field()
    {
        Directory.CreateDirectory(_folder["jobs"]);
        await using RunningService service = await RunningService.StartAsync(_folder.Path);
        await File.WriteAllTextAsync(_folder["a.json"], """{ "source": { "path": "clip.mp4" }, "model": { "name": "/etc/passwd" } }""", TestContext.Current.CancellationToken);
        File.Move(_folder["a.json"], _folder["jobs/a.json"]);

        await FileSystemNotice.AppearsAsync(_folder["jobs/a.error.json"]);
        using JsonDocument refused = JsonDocument.Parse(await File.ReadAllTextAsync(_folder["jobs/a.error.json"], TestContext.Current.CancellationToken));
        Assert.Equal("model.name", refused.RootElement.GetProperty("field").GetString());
    }
}
