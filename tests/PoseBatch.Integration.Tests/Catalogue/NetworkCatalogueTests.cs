using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>The catalogue that comes with the program.</summary>
public class NetworkCatalogueTests
{
    private static readonly NetworkCatalogue Own = NetworkCatalogue.Read(NetworkCatalogue.OwnFile);

    public static TheoryData<string> Names => [.. Own.Models.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_entry_describes_a_network_that_can_be_run_and_checked(string name)
    {
        CatalogueEntry entry = Own.Find(name);

        ModelDescription description = entry.Describe(new string('a', 64));

        Assert.Equal(name, description.Name);
        Assert.Equal(entry.Joints, description.Skeleton.KeypointCount);
        Assert.Equal("Apache-2.0", entry.Licence);
        Assert.Equal(entry.Persons == "boxes", ModelFamilies.Find(description.Family)!.IsDetector);

        // Whatever is fetched is checked: by its own hash, or by that of every file taken out of it.
        string[] hashes = [.. entry.Source.Files.Select(file => file.Sha256).Append(entry.Source.Sha256).OfType<string>()];
        Assert.True(entry.Source.Sha256 is not null || entry.Source.Files.Count > 0);
        Assert.All(hashes, hash => Assert.Matches("^[0-9a-f]{64}$", hash));
        Assert.True(entry.Source is not HttpsSource https || https.Url.Scheme == "https");
        if (entry.Conversion is { } recipe)
        {
            Assert.Contains(recipe.Graph, entry.Source.Files.Select(file => file.Path));
            Assert.Equal(description.Outputs.Select(output => output.Name).Order(), recipe.Outputs.Keys.Order());
        }
    }

    [Fact]
    public void A_name_that_was_asked_for_and_is_not_installed_leads_to_the_networks_of_such_a_name()
    {
        ModelSettings asked = new() { Default = "movenet", Root = "nowhere" };

        PoseBatchException refused = Assert.Throws<PoseBatchException>(() => ModelSets.Opened(asked, isAsked: true));

        Assert.Equal(ReasonCode.ModelMissing, refused.Reason);
        Assert.Equal("Model 'movenet' is not installed.", refused.Message);
        Assert.Matches("^'posebatch models get movenet-[a-z]+' fetches it; there are also movenet-", refused.Advice);
        Assert.Equal(asked, ModelSets.Opened(asked, isAsked: false));
        Assert.Equal("nothing-like-it", ModelSets.Opened(asked with { Default = "nothing-like-it" }, isAsked: true).Default);
    }

    [Fact]
    public void Names_and_sets_mean_different_things_and_sets_have_members()
    {
        Assert.Distinct(Own.Models.Select(entry => entry.Name).Concat(Own.Sets.Keys));
        Assert.All(Own.Sets.Keys, set => Assert.NotEmpty(Own.Find([set])));
        Assert.Equal(["yolox-s", "rtmpose-m"], Own.Find(["recommended"]).Select(entry => entry.Name));
    }

    [Fact]
    public void The_name_of_a_set_means_its_network_and_its_detector_until_a_package_has_that_name()
    {
        using TemporaryFolder folder = new();
        ModelSettings settings = new() { Root = folder.Path, Default = "recommended" };

        Assert.Equal(settings with { Default = "rtmpose-m", Detector = "yolox-s" }, ModelSets.Opened(settings, isAsked: true));
        Assert.Equal("mine", ModelSets.Opened(settings with { Detector = "mine" }, isAsked: true).Detector);
        Assert.Equal("other", ModelSets.Opened(settings with { Default = "other" }, isAsked: true).Default);

        Directory.CreateDirectory(folder["recommended"]);
        Assert.Equal(settings, ModelSets.Opened(settings, isAsked: true));
    }

    [Fact]
    public void A_skeleton_of_the_whole_body_mirrors_into_itself()
    {
        foreach (CatalogueEntry entry in Own.Models.Where(entry => entry.Joints > 0))
        {
            Poses.Skeleton skeleton = entry.Describe(new string('a', 64)).Skeleton;
            Assert.All(skeleton.SwapPairs.Where(pair => skeleton.Keypoints[pair.Left].StartsWith("left_", StringComparison.Ordinal)), pair =>
                Assert.Equal(skeleton.Keypoints[pair.Left].Replace("left_", "right_", StringComparison.Ordinal), skeleton.Keypoints[pair.Right]));
            Assert.Distinct(skeleton.SwapPairs.SelectMany(pair => new[] { pair.Left, pair.Right }));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no JSON")]
    [InlineData("""{"schema_version": 2, "models": []}""")]
    [InlineData("""{"schema_version": 1, "models": [], "modles": []}""")]
    [InlineData("""{"schema_version": 1, "models": [{"name": "x"}]}""")]
    public void What_is_no_catalogue_is_refused(string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["catalogue.json"], text);

        Assert.Equal(ReasonCode.ModelMismatch, Assert.Throws<PoseBatchException>(() => NetworkCatalogue.Read(folder["catalogue.json"])).Reason);
    }
}
