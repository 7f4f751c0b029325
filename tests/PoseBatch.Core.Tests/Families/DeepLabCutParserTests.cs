using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

public class DeepLabCutParserTests
{
    // Two joints on 4 x 3 cells of 8 pixels, peaks in column 2 of row 1 and in column 0 of row 2.
    private static readonly float[] Scores =
    [
        0.1f, 0.2f, 0.1f, 0, 0, 0.3f, 0.8f, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 1.5f, 0, 0, 0,
    ];

    [Theory]
    [InlineData(TensorLayout.Nchw)]
    [InlineData(TensorLayout.Nhwc)]
    public void A_joint_is_in_the_middle_of_its_cell_plus_its_offset(TensorLayout layout)
    {
        float[] offsets = new float[4 * 12];
        (offsets[(0 * 12) + 6], offsets[(1 * 12) + 6]) = (0.5f, -0.25f);
        (offsets[(2 * 12) + 8], offsets[(3 * 12) + 8]) = (-1, 1);

        FramePoses poses = Parse(layout, [Scores, offsets], ("locref_stdev", 4.0));

        // 2.5 x 8 + 0.5 x 4, 1.5 x 8 - 0.25 x 4; 0.5 x 8 - 4, 2.5 x 8 + 4; a score is at most 1.
        Assert.Equal([new(22, 11, 0.8f), new(0, 24, 1)], poses.Keypoints(0).ToArray());
        Assert.Equal(0.9f, poses.Score(0), 1e-6f);
    }

    [Fact]
    public void Without_offsets_joints_are_in_the_middle_of_cells_and_logits_become_probabilities()
    {
        FramePoses poses = Parse(TensorLayout.Nchw, [Scores], ("scores", "logit"));

        Assert.Equal((20, 12), (poses.Keypoints(0)[0].X, poses.Keypoints(0)[0].Y));
        Assert.Equal(1 / (1 + Math.Exp(-0.8)), poses.Keypoints(0)[0].Score, 1e-6);
    }

    private static FramePoses Parse(TensorLayout layout, float[][] outputs, params (string, object)[] decoder)
    {
        FramePoses poses = new(2);
        ModelDescription model = TestModel.Describe("deeplabcut", new(32, 24), 2, layout, [.. new[] { "heatmap", "locref" }.Take(outputs.Length)], decoder);
        int[][] shapes = [.. outputs.Select(output => layout == TensorLayout.Nchw ? new[] { output.Length / 12, 3, 4 } : [3, 4, output.Length / 12])];
        float[][] laidOut = [.. outputs.Select(output => layout == TensorLayout.Nchw ? output : TestModel.ToNhwc(output, output.Length / 12))];
        PoseParsers.Create(model, shapes).Parse(new FakeSlot(laidOut), 0, AffineMap.Identity, poses);
        return poses;
    }
}
