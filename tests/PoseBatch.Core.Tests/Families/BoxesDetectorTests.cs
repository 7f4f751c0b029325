using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

public class BoxesDetectorTests
{
    private static readonly float[] Dets =
    [
        10, 20, 30, 60, 0.6f,
        50, 20, 70, 60, 0.9f,
        10, 21, 30, 61, 0.8f,
        0, 0, 0, 0, 0,
    ];

    [Fact]
    public void Boxes_above_the_threshold_come_by_falling_score_and_are_not_suppressed_again()
    {
        List<Detection> people = Detect([Dets], AffineMap.Identity);

        Assert.Equal([1, 2, 0], people.Select(person => person.Row));
        Assert.Equal([0.9f, 0.8f, 0.6f], people.Select(person => person.Score));
    }

    [Fact]
    public void Only_boxes_with_the_label_of_a_person_are_people() =>
        Assert.Equal([2, 0], Detect([Dets, [0, 2, 0, 0]], AffineMap.Identity).Select(person => person.Row));

    // 20 x 40 each, one row apart: 780 of 820 pixels are shared.
    [Theory]
    [InlineData(0.96, 2)]
    [InlineData(0.95, 1)]
    public void Suppression_can_be_asked_for(double overlap, int left) =>
        Assert.Equal(left, Detect([Dets], AffineMap.Identity, ("nms_overlap", overlap), ("score_threshold", 0.5)).Count(person => person.Box.XMin == 10));

    // Twice as large: a corner at 10 model pixels is one at 20 picture pixels. The map itself carries centres: 2 x + 0.5.
    [Fact]
    public void Corners_of_pixels_stay_corners() =>
        Assert.Equal(new(100, 40, 140, 120), Detect([Dets], AffineMap.Scale(2, 2, 0.5, 0.5))[0].Box);

    [Fact]
    public void Scores_may_have_an_output_of_their_own()
    {
        ModelDescription model = ModelJson.Read(Recipe.Read("rt-detr").ToJsonString(), "recipe");
        ModelConstant sizes = Assert.Single(model.Input.Constants);
        List<Detection> people = [];

        PersonDetectors.Create(model, [[4, 4], [4], [4]]).Detect(
            new FakeSlot([10, 20, 30, 60, 50, 20, 70, 60, 1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 1, 0], [0.6f, 0.9f, 0.95f, 0.2f]), 0, AffineMap.Identity, people);

        Assert.Equal([new(50, 20, 70, 60), new(10, 20, 30, 60)], people.Select(person => person.Box));
        Assert.Equal([0.9f, 0.6f], people.Select(person => person.Score));
        Assert.Equal(("orig_target_sizes", TensorType.Int64), (sizes.Name, sizes.Type));
        Assert.Equal([640.0, 640.0], sizes.Numbers(model.Input.Size));
        Assert.Contains("must be 4 (5; 4 beside scores) but is 5", Assert.Single(ModelContract.CheckShapes(model, [[4, 5], [4], [4]])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_without_boxes_has_no_people() => Assert.Empty(Detect([[], []], AffineMap.Identity));

    [Fact]
    public void Numbers_of_boxes_may_vary_and_their_columns_may_not()
    {
        ModelDescription model = Describe(1);

        Assert.Empty(ModelContract.CheckShapes(model, [[-1, 5]]));
        Assert.Contains("dimension 2 must be 5 (5; 4 beside scores) but is 6", Assert.Single(ModelContract.CheckShapes(model, [[-1, 6]])), StringComparison.Ordinal);
    }

    private static List<Detection> Detect(float[][] outputs, AffineMap map, params (string, object)[] decoder)
    {
        List<Detection> people = [];
        PersonDetectors.Create(Describe(outputs.Length, decoder), [.. new int[][] { [-1, 5], [-1] }.Take(outputs.Length)])
            .Detect(new FakeSlot(outputs), 0, map, people);
        return people;
    }

    private static ModelDescription Describe(int outputs, params (string, object)[] decoder) =>
        TestModel.Describe("boxes", new(100, 100), 1, TensorLayout.Plain, [.. new[] { "dets", "labels" }.Take(outputs)], decoder);
}
