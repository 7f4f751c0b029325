namespace PoseBatch.Families;

/// <summary>Rows of box, objectness and class scores, as YOLOv3 and YOLOX give them in the role <c>detections</c>.</summary>
internal readonly record struct DetectorRows(int Output, int ClassCount)
{
    /// <summary>Numbers of a row.</summary>
    public static AxisRule Length { get; } = AxisRule.Free("5 + classes");

    /// <summary>Finds them.</summary>
    /// <exception cref="PoseBatchException">model_mismatch.</exception>
    public static DetectorRows Of(ParserContract contract)
    {
        (int output, IReadOnlyList<int> shape, _) = contract.Output("detections");
        return shape is [_, > 5]
            ? new(output, shape[1] - 5)
            : throw contract.Mismatch($"needs rows of 5 numbers and the classes in the role 'detections' but gives [{string.Join(',', shape)}]");
    }
}
