using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

public class YoloDetectorTests
{
    // Eight boxes in columns: cx, cy, w, h, score of a person, score of a ball. The second overlaps the first by 0.8 (18 of 22 columns),
    // the third is a ball, the others are nothing.
    private static readonly float[] Raw =
    [
        20, 22, 60, 0, 0, 0, 0, 0,
        40, 40, 40, 0, 0, 0, 0, 0,
        20, 20, 20, 0, 0, 0, 0, 0,
        40, 40, 40, 0, 0, 0, 0, 0,
        0.9f, 0.8f, 0.3f, 0, 0, 0, 0, 0,
        0, 0, 0.7f, 0, 0, 0, 0, 0,
    ];

    private static readonly float[] EndToEnd = [12, 20, 32, 60, 0.8f, 0, 50, 20, 70, 60, 0.7f, 1, 10, 20, 30, 60, 0.9f, 0, 0, 0, 0, 0, 0, 0];

    [Fact]
    public void Raw_boxes_whose_best_class_is_a_person_are_suppressed()
    {
        Detection person = Assert.Single(Detect(Raw, [6, 8]));

        Assert.Equal((new BoundingBox(10, 20, 30, 60), 0.9f), (person.Box, person.Score));
        Assert.Equal(2, Detect(Raw, [6, 8], ("nms_overlap", 0.85)).Count);
    }

    [Fact]
    public void Rows_of_an_export_that_suppresses_are_taken_as_they_are()
    {
        List<Detection> people = Detect(EndToEnd, [4, 6], ("format", "end_to_end"));

        Assert.Equal([new(10, 20, 30, 60), new BoundingBox(12, 20, 32, 60)], people.Select(person => person.Box));
        Assert.Equal(0.7f, Assert.Single(Detect(EndToEnd, [4, 6], ("format", "end_to_end"), ("person_class", 1.0))).Score);
    }

    [Theory]
    [InlineData("raw", new int[] { 300, 6 }, "more boxes than numbers")]
    [InlineData("end_to_end", new int[] { 84, 8400 }, "dimension 2 must be 6")]
    public void A_network_described_as_the_other_format_is_refused(string format, int[] shape, string problem) => Assert.Contains(
        problem, Assert.Single(ModelContract.CheckShapes(Describe(("format", format)), [shape])), StringComparison.Ordinal);

    // Strides 16 and 32 of 192x256: 240 cells, three anchors; all three strides: 1008 cells.
    [Theory]
    [InlineData(3 * 240, 85, true)]
    [InlineData(3 * 1008, 85, true)]
    [InlineData(300, 6, false)]
    [InlineData(84, 8400, false)]
    public void Yolov3_takes_only_whole_grids_of_anchors(int rows, int columns, bool isTaken)
    {
        ModelDescription model = TestModel.Describe("yolov3", new(192, 256), 1, TensorLayout.Plain, ["detections"], ("rules", "plain"));

        Assert.Equal(isTaken, ModelContract.CheckShapes(model, [[rows, columns]]).Count == 0);
    }

    private static List<Detection> Detect(float[] output, int[] shape, params (string, object)[] decoder)
    {
        List<Detection> people = [];
        PersonDetectors.Create(Describe(decoder), [shape]).Detect(new FakeSlot(output), 0, AffineMap.Identity, people);
        return people;
    }

    private static ModelDescription Describe(params (string, object)[] decoder) =>
        TestModel.Describe("yolo", new(192, 256), 1, TensorLayout.Plain, ["output"], decoder);
}
