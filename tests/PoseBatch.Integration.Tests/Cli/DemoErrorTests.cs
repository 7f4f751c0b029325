using PoseBatch.Evaluation;
using PoseBatch.Worker.Cli.Demo;

namespace PoseBatch.Cli;

public class DemoErrorTests
{
    [Fact]
    public void Joints_in_the_picture_are_marked_and_a_frame_without_anybody_is_a_picture()
    {
        AnnotationSet truth = Read("""{"width": 480, "height": 320, "joints": ["nose", "left_hip"], "frames": [{"persons": [[[1.5, 2, 2], [-3, 4, 0]]]}, {"persons": []}]}""");

        Assert.Equal([0, 1], truth.Images.Select(image => image.Id));
        Assert.Equal(0, Assert.Single(truth.People).ImageId);
        Assert.Equal([true, false], truth.People[0].Joints.Select(joint => joint.IsFound));
        Assert.Equal((1.5f, 2f), (truth.People[0].Joints[0].X, truth.People[0].Joints[0].Y));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"width": 480, "height": 320, "joints": [], "frames": [{}]}""")]
    public void What_holds_no_joints_is_refused_by_name(string json) =>
        Assert.Contains("does not hold the joints of a clip", Assert.Throws<InvalidDataException>(() => Read(json)).Message, StringComparison.Ordinal);

    private static AnnotationSet Read(string json)
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "joints.json");
        File.WriteAllText(file, json);
        return DemoTruth.Read(file);
    }
}
