using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Model packages and outputs made up for the tests of the parsers.</summary>
internal static class TestModel
{
    public static Skeleton Joints(int count) => new(
        "test", [.. Enumerable.Range(0, count).Select(joint => $"joint_{joint}")], [], []);

    /// <summary>Limbs from each joint to the next.</summary>
    public static Limb[] Chain(int count) => [.. Enumerable.Range(0, count - 1).Select(joint => new Limb(joint, joint + 1))];

    public static ModelDescription Describe(
        string family, PixelSize input, int jointCount, TensorLayout layout, string[] roles,
        params (string Name, object Value)[] decoder) => new()
        {
            Name = "test",
            Family = family,
            Sha256 = new string('0', 64),
            Licence = "Apache-2.0",
            Origin = "made up",
            Input = new()
            {
                Name = "image",
                Layout = TensorLayout.Nchw,
                Type = TensorType.Float32,
                Size = input,
                ColourOrder = ColourOrder.Rgb,
                Resize = ResizeRule.Letterbox,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            },
            Outputs = [.. roles.Select(role => new ModelOutput(role, "tensor_" + role, layout))],
            Decoder = decoder.ToDictionary(parameter => parameter.Name, parameter => parameter.Value),
            Skeleton = Joints(jointCount),
        };

    /// <summary>The same numbers with the channels last.</summary>
    public static float[] ToNhwc(float[] nchw, int channels)
    {
        int cells = nchw.Length / channels;
        var nhwc = new float[nchw.Length];
        for (int i = 0; i < nchw.Length; i++)
        {
            nhwc[(i % cells * channels) + (i / cells)] = nchw[i];
        }

        return nhwc;
    }
}

/// <summary>Outputs of one image, as if a network had run.</summary>
internal sealed class FakeSlot(params float[][] outputs) : IInferenceBuffers
{
    public Span<byte> Input(int image) => [];

    public void Run(int count)
    {
    }

    public ReadOnlySpan<float> Output(int output, int image) => outputs[output];

    public void Dispose()
    {
    }
}
