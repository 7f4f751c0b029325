using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Imaging;

namespace PoseBatch.Golden;

public class TopDownAffineGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("topdown_affine");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Crops_and_their_matrices_are_those_of_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("topdown_affine", name);
        if (golden.HasTensor("image"))
        {
            ComparePixels(golden);
        }
        else
        {
            foreach (JsonElement row in golden.Expected.GetProperty("rows").EnumerateArray())
            {
                CompareMatrices(row, golden.Tolerance("abs"));
            }
        }
    }

    private static void CompareMatrices(JsonElement row, double tolerance)
    {
        int[] input = GoldenCase.Integers(row.GetProperty("input_wh"));
        TopDownCrop crop = TopDownCrop.Around(
            GoldenPicture.Box(row.GetProperty("box")), new(input[0], input[1]), row.GetProperty("padding").GetDouble());
        double rotation = row.GetProperty("rotation_deg").GetDouble();
        double[] center = GoldenCase.Numbers(row.GetProperty("center")), scale = GoldenCase.Numbers(row.GetProperty("scale"));

        Near.Equal(center[0], crop.CenterX, tolerance, "centre x");
        Near.Equal(center[1], crop.CenterY, tolerance, "centre y");
        Near.Equal(scale[0], crop.Width, tolerance, "width");
        Near.Equal(scale[1], crop.Height, tolerance, "height");
        GoldenPicture.Compare(GoldenPicture.Affine(row.GetProperty("affine_image_to_input")), crop.FrameToInput(rotation),
            tolerance, "the map");
        GoldenPicture.Compare(GoldenPicture.Affine(row.GetProperty("udp_affine_image_to_input")), crop.FrameToInputUdp(rotation),
            tolerance, "the UDP map");
        JsonElement back = row.GetProperty("points_in_image_when_unrotated");
        if (back.ValueKind == JsonValueKind.Array)
        {
            foreach ((JsonElement from, JsonElement to) in row.GetProperty("input_points").EnumerateArray().Zip(back.EnumerateArray()))
            {
                (double x, double y) = crop.InputToFrame.Apply(from[0].GetDouble(), from[1].GetDouble());
                Near.Equal(to[0].GetDouble(), x, tolerance, "x in the image");
                Near.Equal(to[1].GetDouble(), y, tolerance, "y in the image");
            }
        }
    }

    private static void ComparePixels(GoldenCase golden)
    {
        PixelSize frame = new(golden.Params.GetProperty("image_width").GetInt32(),
            golden.Params.GetProperty("image_height").GetInt32());
        PixelSize input = new(golden.Params.GetProperty("input_width").GetInt32(),
            golden.Params.GetProperty("input_height").GetInt32());
        float[] tensor = new float[3 * input.Width * input.Height];
        TopDownCrop crop = TopDownCrop.Around(
            GoldenPicture.Box(golden.Params.GetProperty("box")), input, golden.Params.GetProperty("padding").GetDouble());
        float[] mean = [.. GoldenCase.Numbers(golden.Params.GetProperty("mean_rgb")).Select(value => (float)value)];
        float[] std = [.. GoldenCase.Numbers(golden.Params.GetProperty("std_rgb")).Select(value => (float)value)];

        CropSampler.Sample(
            GoldenPicture.Rgb(golden), frame, PixelWindow.Of(frame), crop.FrameToInput().Inverse(), input, [0, 0, 0], mean, std,
            tensor);

        GoldenPicture.Compare(golden.ExpectedTensor("input"), tensor, golden.Tolerance("abs"));
    }
}
