using PoseBatch.Conversion.Source;

namespace PoseBatch.Conversion.Translation;

/// <summary>From the layouts of TensorFlow (NHWC, weights HWIO) to those of ONNX (NCHW, weights OIHW).</summary>
internal static class Layouts
{
    /// <summary>Where each dimension of NHWC lies in NCHW.</summary>
    public static int AxisInNchw(int axisInNhwc) => axisInNhwc switch
    {
        0 => 0,
        1 => 2,
        2 => 3,
        3 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(axisInNhwc)),
    };

    /// <summary>A constant of at most four dimensions, as it meets pictures by TensorFlow's rule (aligned at the last), in NCHW.</summary>
    public static (int[] Shape, float[] Values) Broadcast(SourceTensor constant)
    {
        int[] shape = [.. Enumerable.Repeat(1, 4 - constant.Shape.Count), .. constant.Shape];
        return Permute(shape, constant.Floats!, [0, 3, 1, 2]);
    }

    /// <summary>Weights of a convolution: rows, columns, inputs, outputs to outputs, inputs, rows, columns.</summary>
    public static (int[] Shape, float[] Values) Weights(SourceTensor weights) => Permute([.. weights.Shape], weights.Floats!, [3, 2, 0, 1]);

    /// <summary>
    /// Weights of a depthwise convolution: rows, columns, inputs, multiples to outputs, 1, rows, columns; the outputs of one input
    /// channel follow one another.
    /// </summary>
    public static (int[] Shape, float[] Values) DepthwiseWeights(SourceTensor weights)
    {
        (int[] shape, float[] values) = Permute([.. weights.Shape], weights.Floats!, [2, 3, 0, 1]);
        return ([shape[0] * shape[1], 1, shape[2], shape[3]], values);
    }

    private static (int[] Shape, float[] Values) Permute(int[] shape, float[] values, int[] order)
    {
        int[] strides = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1];
        int[] result = [.. order.Select(axis => shape[axis])];
        float[] moved = new float[values.Length];
        int at = 0;
        for (int a = 0; a < result[0]; a++)
        {
            for (int b = 0; b < result[1]; b++)
            {
                for (int c = 0; c < result[2]; c++)
                {
                    for (int d = 0; d < result[3]; d++)
                    {
                        moved[at++] = values[(a * strides[order[0]]) + (b * strides[order[1]]) + (c * strides[order[2]]) + (d * strides[order[3]])];
                    }
                }
            }
        }

        return (result, moved);
    }
}
