using System.Globalization;
using System.Text.RegularExpressions;
using PoseBatch.Families;
using PoseBatch.Models;

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
    public void Names_and_sets_mean_different_things_and_sets_have_members()
    {
        Assert.Distinct(Own.Models.Select(entry => entry.Name).Concat(Own.Sets.Keys));
        Assert.All(Own.Sets.Keys, set => Assert.NotEmpty(Own.Find([set])));
        Assert.Equal(["yolox-s", "rtmpose-m"], Own.Find(["recommended"]).Select(entry => entry.Name));
    }

    [Fact]
    public void The_best_network_is_the_one_with_the_highest_published_AP_then_the_highest_of_ours_on_whole_pictures()
    {
        CatalogueEntry[] known = [.. Own.Best.Models.SkipLast(1).Select(Own.Find)];
        double[] published = [.. known.Where(entry => entry.Published is not null).Select(entry => Figure(entry.Published!, @"^COCO AP (\d+\.\d)"))];
        double[] ours = [.. known.Where(entry => entry.Published is null).Select(entry => Figure(entry.Measured!, @"AP (0\.\d+) on 20 whole COCO pictures"))];

        Assert.Equal("posebatch-small", Own.Best.Models[^1]);
        Assert.All(known, entry => Assert.Equal("coco-17", entry.Describe(new string('a', 64)).Skeleton.Name));
        Assert.Equal(Own.Models.Where(entry => entry.Joints == 17).Select(entry => entry.Name).Order(), known.Select(entry => entry.Name).Order());
        Assert.All(known.SkipLast(ours.Length), entry => Assert.NotNull(entry.Published));
        Assert.Equal(published.OrderDescending(), published);
        Assert.Equal(ours.OrderDescending(), ours);
        double[] detectors = [.. Own.Best.Detectors.Select(Own.Find).Select(entry => Figure(entry.Published!, @"^COCO AP (\d+\.\d)"))];

        // One that has no figure of COCO finds one or two people: not for whatever comes.
        Assert.Equal(Own.Models.Count(entry => entry.IsDetector && entry.Published is not null), detectors.Length);
        Assert.Equal(detectors.OrderDescending(), detectors);
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

    private static double Figure(string text, string pattern)
    {
        Match match = Regex.Match(text, pattern);
        Assert.True(match.Success, text);
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
