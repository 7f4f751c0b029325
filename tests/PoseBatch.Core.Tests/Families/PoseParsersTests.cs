using PoseBatch.Models;

namespace PoseBatch.Families;

public class PoseParsersTests
{
    [Fact]
    public void An_unknown_family_is_named_together_with_the_known_ones()
    {
        PoseBatchException refusal = Refusal(
            TestModel.Describe("posenat", new(257, 257), 17, TensorLayout.Nhwc, ["heatmap"]), [9, 9, 17]);

        Assert.Contains("posenat", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("posenet", refusal.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_role_is_named()
    {
        PoseBatchException refusal = Refusal(
            TestModel.Describe("posenet", new(257, 257), 17, TensorLayout.Nhwc, ["heatmap"]), [9, 9, 17]);

        Assert.Contains("'offset'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new int[] { 9, 9, 17 }, new int[] { 9, 9, 17 }, "34")]
    [InlineData(new int[] { 9, 9, 14 }, new int[] { 9, 9, 34 }, "17")]
    [InlineData(new int[] { 9, 9, 17 }, new int[] { 9, 10, 34 }, "10x9")]
    [InlineData(new int[] { 1, 9, 9, 17 }, new int[] { 9, 9, 34 }, "[1,9,9,17]")]
    [InlineData(new int[] { 8, 8, 17 }, new int[] { 8, 8, 34 }, "stride")]
    public void Shapes_that_do_not_fit_are_named(int[] heatmap, int[] offset, string named)
    {
        PoseBatchException refusal = Refusal(
            TestModel.Describe("posenet", new(257, 257), 17, TensorLayout.Nhwc, ["heatmap", "offset"]), heatmap, offset);

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mode", "sinlge")]
    [InlineData("mode", 3L)]
    [InlineData("modus", "single")]
    [InlineData("stride", "wide")]
    [InlineData("stride", 16.5)]
    [InlineData("stride", -16L)]
    [InlineData("stride", double.NaN)]
    public void A_decoder_parameter_that_is_wrong_or_misspelt_is_named(string name, object value)
    {
        PoseBatchException refusal = Refusal(
            TestModel.Describe("posenet", new(257, 257), 17, TensorLayout.Nhwc, ["heatmap", "offset"], (name, value)),
            [9, 9, 17], [9, 9, 34]);

        Assert.Contains($"'{name}'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32L)]
    [InlineData(32.0)]
    [InlineData("32")]
    public void Numbers_may_be_written_in_any_way_JSON_has(object value)
    {
        ModelDescription model = TestModel.Describe(
            "posenet", new(256, 256), 17, TensorLayout.Nhwc, ["offset", "heatmap"], ("stride", value), ("mode", "single"));

        Assert.NotNull(PoseParsers.Create(model, [[8, 8, 34], [8, 8, 17]]));
    }

    private static PoseBatchException Refusal(ModelDescription model, params int[][] shapes)
    {
        PoseBatchException refusal = Assert.Throws<PoseBatchException>(() => PoseParsers.Create(model, shapes));
        Assert.Equal(ReasonCode.ModelMismatch, refusal.Reason);
        return refusal;
    }
}
