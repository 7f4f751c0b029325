using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using PoseBatch.Cases;
using PoseBatch.Cli;
using PoseBatch.Families;
using PoseBatch.Ffmpeg;
using PoseBatch.Geometry;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Service.Api;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Intake;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Catalogue;

/// <summary>What <c>best</c>, the sets of the catalogue and all other words for models mean, at every door.</summary>
public sealed class NamedModelsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Settings Settings => new()
    {
        Models = new() { Root = _folder["models"], Default = NamedModels.Best },
        Jobs = new() { Roots = [_folder.Path] },
        Output = new() { Root = _folder["results"] },
    };

    [Theory]
    [InlineData("", "posebatch-small", null, "no network of the catalogue is installed")]
    [InlineData("movenet-lightning", "movenet-lightning", null, "the most accurate network that is installed (AP 0.")]
    [InlineData("movenet-lightning rtmpose-t", "movenet-lightning", null, "rtmpose-t is better, but there is no detector for it ('posebatch models get yolox-s'")]
    [InlineData("movenet-lightning rtmpose-t yolox-nano", "rtmpose-t", "yolox-nano", "best is rtmpose-t with yolox-nano: the most accurate network that is installed (COCO AP 65.9")]
    [InlineData("rtmpose-t rtmpose-m yolox-nano yolox-s", "rtmpose-m", "yolox-s", "COCO AP 74.9")]
    [InlineData("dwpose-l-384 yolox-s", "posebatch-small", null, "posebatch models get recommended")]   // 133 joints: another table, only when asked for
    public void Best_is_the_first_of_the_order_that_is_installed_and_says_why(string installed, string name, string? detector, string reason)
    {
        Install(installed);

        ModelChoice choice = new NamedModels(Settings).Choose(null, null);

        Assert.Equal((name, detector), (choice.Name, choice.Detector));
        Assert.Contains(reason, choice.Reason, StringComparison.Ordinal);
        Assert.StartsWith($"best is {name}", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_detector_of_the_settings_serves_the_best_network_where_it_takes_one_and_one_that_is_asked_for_is_taken()
    {
        Settings usual = Settings with { Models = Settings.Models with { Detector = "mine" } };

        Install("movenet-thunder");
        Assert.Equal(("movenet-thunder", null), NamesOf(usual, null));
        Assert.Equal(("posebatch-small", "asked"), NamesOf(usual, "asked"));   // refused when it is loaded, with what to do

        Install("rtmpose-s");
        Assert.Equal(("rtmpose-s", "mine"), NamesOf(usual, null));
        Assert.Equal(("rtmpose-s", "asked"), NamesOf(usual, "asked"));
    }

    [Fact]
    public void The_name_of_a_set_means_its_network_and_its_detector_until_a_package_has_that_name()
    {
        NamedModels words = new(Settings);

        Assert.Equal(new ModelChoice("rtmpose-m", "yolox-s"), words.Choose("recommended", null));
        Assert.Equal(new ModelChoice("rtmpose-m", "mine"), words.Choose("recommended", "mine"));
        Assert.Equal(new ModelChoice("other", null), words.Choose("other", null));

        Install("recommended best");
        Assert.Equal(new ModelChoice("recommended", null), words.Choose("recommended", null));
        Assert.Equal(new ModelChoice("best", null), words.Choose("best", null));
    }

    [Fact]
    public void A_name_that_was_asked_for_and_is_not_installed_leads_to_the_networks_of_such_a_name()
    {
        NamedModels words = new(Settings);

        PoseBatchException refused = Assert.Throws<PoseBatchException>(() => words.EnsureInstalled("movenet"));

        Assert.Equal(ReasonCode.ModelMissing, refused.Reason);
        Assert.Equal("Model 'movenet' is not installed.", refused.Message);
        Assert.Matches("^'posebatch models get movenet-[a-z]+' fetches it; there are also movenet-", refused.Advice);
        foreach (string word in new[] { "nothing-like-it", "best", "recommended", "./movenet" })
        {
            words.EnsureInstalled(word);
        }
    }

    [Fact]
    public async Task A_job_keeps_the_network_that_was_the_best_when_it_was_submitted()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["jobs.db"], TimeProvider.System);
        JobSubmitter submitter = JobSubmitter.Open(store, Settings);
        NewJob asked = new() { Spec = new() { Source = new() { Path = _folder["clip.mp4"] } }, Origin = "cli" };

        JobRecord first = (await submitter.SubmitAsync(asked, cancellation)).Job;
        Install("rtmpose-m yolox-s");
        JobRecord second = (await submitter.SubmitAsync(asked, cancellation)).Job;
        await store.CancelAsync(first.Id, cancellation);
        JobRecord retried = (await store.RetryAsync(first.Id, cancellation))!;

        Assert.Equal(JobStatus.Queued, retried.Status);
        Assert.Equal(new JobModel { Name = "posebatch-small" }, retried.Spec.Model);
        Assert.Equal(new JobModel { Name = "rtmpose-m", Detector = "yolox-s" }, second.Spec.Model);
        JobEvent submitted = (await store.EventsAsync(second.Id, 0, 10, cancellation))[0];
        Assert.StartsWith("through cli; best is rtmpose-m with yolox-s", submitted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_is_understood_in_a_job_over_http_and_in_the_profile_of_a_watched_folder()
    {
        await using TestService service = await TestService.StartAsync(settings => settings with { Models = Settings.Models });
        object job = new { source = new { path = service.AddVideo("clip.mp4") }, model = new { name = "recommended" } };

        using HttpResponseMessage answer = await service.Client.PostAsJsonAsync("/api/jobs", job, TestContext.Current.CancellationToken);
        JobSpec profile = new() { Source = new() { Path = "video" }, Model = new() { Name = "recommended" } };
        string? problem = ProfileProblem.Of(profile, service.Parts.Submitter, service.Parts.Settings);
        Install("rtmpose-m yolox-s");

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        JsonElement model = (await TestService.JsonAsync(answer)).GetProperty("spec").GetProperty("model");
        Assert.Equal(("rtmpose-m", "yolox-s"), (model.GetProperty("name").GetString(), model.GetProperty("detector").GetString()));
        Assert.StartsWith("model.name: Model 'rtmpose-m' was not found", problem, StringComparison.Ordinal);
        Assert.Null(ProfileProblem.Of(profile, service.Parts.Submitter, service.Parts.Settings));
        Assert.Null(ProfileProblem.Of(profile with { Model = new() { Name = "best" } }, service.Parts.Submitter, service.Parts.Settings));
    }

    [Fact]
    public async Task A_better_network_makes_another_result_and_the_tables_name_the_one_that_ran()
    {
        File.WriteAllText(_folder["settings.json"], JsonSerializer.Serialize(new { Models = new { Root = _folder["models"], Default = "best" } }));
        Clips.Make("-f", "lavfi", "-i", "color=black:size=192x256:rate=4:duration=1", "-c:v", "ffv1", _folder["black.mkv"]);

        PoseBatchProgram.Ended first = await ProcessAsync();
        InstallRtmo("movenet-lightning");
        PoseBatchProgram.Ended second = await ProcessAsync("--json");

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.True(second.ExitCode == 0, second.Errors);
        Assert.StartsWith("best is posebatch-small: no network of the catalogue is installed", first.Errors, StringComparison.Ordinal);
        Assert.Empty(second.Errors);
        Assert.Equal(["movenet-lightning", "posebatch-small"], Directory.GetDirectories(_folder["results"]).Select(ModelIn).Order());
        Assert.Equal("movenet-lightning", ModelIn(Assert.Single(second.Json).GetProperty("result").GetString()!));
    }

    private static string? ModelIn(string result)
    {
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(result, "manifest.json")));
        return manifest.RootElement.GetProperty("model").GetProperty("name").GetString();
    }

    private static (string Name, string? Detector) NamesOf(Settings settings, string? detector) =>
        new NamedModels(settings).Choose(null, detector) is var choice ? (choice.Name, choice.Detector) : default;

    private Task<PoseBatchProgram.Ended> ProcessAsync(params string[] options) => PoseBatchProgram.RunAsync(
        _folder.Path, ["process", _folder["black.mkv"], "--out", _folder["results"], "--config", _folder["settings.json"], .. options]);

    // Nobody looks into them before they are loaded.
    private void Install(string names)
    {
        foreach (string name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Directory.CreateDirectory(_folder["models/" + name]);
            File.WriteAllText(_folder[$"models/{name}/model.onnx"], "no network");
            File.WriteAllText(_folder[$"models/{name}/model.json"], "{}");
        }
    }

    private void InstallRtmo(string name)
    {
        string folder = Directory.CreateDirectory(_folder["models/" + name]).FullName;
        byte[] network = File.ReadAllBytes(CaseFiles.Of("m-rtmo/model.onnx"));
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), network);
        File.WriteAllText(Path.Combine(folder, "model.json"), ModelJson.Write(new()
        {
            Name = name,
            Family = "rtmo",
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(network)),
            Licence = "Apache-2.0",
            Origin = "made by hand",
            Input = new()
            {
                Name = "image",
                Layout = TensorLayout.Nchw,
                Type = TensorType.Float32,
                Size = new(192, 256),
                ColourOrder = ColourOrder.Rgb,
                Resize = ResizeRule.LetterboxTopLeft,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            },
            Outputs = [new("dets", "dets", TensorLayout.Plain), new("keypoints", "keypoints", TensorLayout.Plain)],
            Decoder = new Dictionary<string, object>(),
            Skeleton = Skeletons.Coco17,
        }));
    }
}
