using PoseBatch.Models;

namespace PoseBatch.Families;

public class ModelContractTests
{
    private static readonly ModelDescription MoveNet = ModelJson.Read(
        """
        {"schema_version":1,"name":"m","family":"movenet-heads","licence":"x","origin":"y",
         "sha256":"507de086f8e00e5fad6381cd4141524b063c5f8d1a821d8cf0d5639bdfb1cade",
         "input":{"name":"image","layout":"NCHW","type":"float32","width":192,"height":96,"colour_order":"rgb","resize":"letterbox"},
         "outputs":{"heatmap":{"name":"h","layout":"NHWC"},"center":{"name":"c","layout":"NCHW"},
                    "regression":{"name":"r","layout":"NCHW"},"offset":{"name":"o","layout":"NCHW"}},
         "decoder":{"channel_order":"xy"},"skeleton":"coco-17"}
        """,
        "model.json");

    private static readonly ModelTensors Fitting = new(
        [new("image", TensorType.Float32, [-1, 3, 96, 192])],
        [new("h", TensorType.Float32, [-1, 24, 48, 17]), new("c", TensorType.Float32, [-1, 1, 24, 48]),
         new("r", TensorType.Float32, [-1, 34, 24, 48]), new("o", TensorType.Float32, [-1, 34, -1, -1])]);

    [Fact]
    public void A_fitting_file_has_no_problems() => Assert.Empty(ModelContract.Check(MoveNet, Fitting));

    [Fact]
    public void A_family_that_is_not_known_is_a_problem_and_not_a_crash() =>
        Assert.Equal(["family: 'other' is not known"], ModelContract.Check(MoveNet with { Family = "other" }, Fitting));

    [Fact]
    public void Free_sizes_of_the_file_fit_any_description() => Assert.Empty(ModelContract.Check(
        MoveNet, Fitting with { Inputs = [new("image", TensorType.Float32, [-1, 3, -1, -1])] }));

    [Fact]
    public void A_fixed_batch_is_read_from_the_input_and_allowed_in_the_outputs()
    {
        ModelTensors tensors = new(
            [new("image", TensorType.Float32, [2, 3, 96, 192])],
            [.. Fitting.Outputs.Select(output => output with { Dimensions = [2, .. output.Dimensions.Skip(1)] })]);

        Assert.Equal(2, tensors.FixedBatch("image"));
        Assert.Null(Fitting.FixedBatch("image"));
        Assert.Null(tensors.FixedBatch("absent"));
        Assert.Empty(ModelContract.Check(MoveNet, tensors));
    }

    [Fact]
    public void The_other_layout_is_recognised_as_wrong()
    {
        ModelTensors tensors = Fitting with { Outputs = [new("h", TensorType.Float32, [-1, 17, 24, 48]), .. Fitting.Outputs.Skip(1)] };

        IReadOnlyList<string> problems = ModelContract.Check(MoveNet, tensors);

        Assert.Contains("output heatmap 'h': the number of channels must be 17 (1 per joint) but is 48 in [N,17,24,48]", problems);
        Assert.Contains("output heatmap 'h': the number of rows must be 24 (input height / stride) but is 17 in [N,17,24,48]", problems);
    }

    [Fact]
    public void Another_number_of_joints_than_the_skeleton_has_is_named()
    {
        ModelTensors tensors = Fitting with { Outputs = [.. Fitting.Outputs.Take(2), new("r", TensorType.Float32, [-1, 28, 24, 48]), Fitting.Outputs[3]] };

        Assert.Equal(
            ["output regression 'r': the number of channels must be 34 (2 per joint) but is 28 in [N,28,24,48]"], ModelContract.Check(MoveNet, tensors));
    }

    [Fact]
    public void A_missing_tensor_is_named_with_those_there_are()
    {
        ModelTensors tensors = new([new("data", TensorType.Float32, [-1, 3, 96, 192])], [.. Fitting.Outputs.Skip(1)]);

        IReadOnlyList<string> problems = ModelContract.Check(MoveNet, tensors);

        Assert.Contains("input: the file has no input 'image', its inputs are data float32 [N,3,96,192]", problems);
        Assert.Contains(problems, problem => problem.StartsWith("output heatmap: the file has no output 'h', its outputs are c float32", StringComparison.Ordinal));
    }

    [Fact]
    public void An_output_whose_first_dimension_is_not_the_batch_is_named()
    {
        ModelTensors tensors = Fitting with { Outputs = [.. Fitting.Outputs.Take(3), new("o", TensorType.Float32, [1, 34, 24, 48])] };

        Assert.Equal(
            ["output offset 'o': the first dimension of [1,34,24,48] is not the batch, the input has a free batch"], ModelContract.Check(MoveNet, tensors));
    }

    [Fact]
    public void Real_shapes_are_held_against_the_rules_too()
    {
        IReadOnlyList<IReadOnlyList<int>> right = [[24, 48, 17], [1, 24, 48], [34, 24, 48], [34, 24, 48]];
        IReadOnlyList<IReadOnlyList<int>> wrong = [[24, 48, 17], [1, 24, 48], [34, 24, 48], [34, 24]];

        Assert.Empty(ModelContract.CheckShapes(MoveNet, right));
        Assert.Equal(["output offset 'o': must have 3 dimensions after the batch, the file says [N,34,24]"], ModelContract.CheckShapes(MoveNet, wrong));
    }
}
