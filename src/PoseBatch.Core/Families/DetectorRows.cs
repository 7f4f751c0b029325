namespace PoseBatch.Families;

/// <summary>What detectors of the YOLO kind have in common: rows of box, objectness and class scores, and their parameters.</summary>
internal readonly record struct DetectorRows(int Output, int ClassCount, int Person, double Score, double Overlap)
{
    /// <summary>Numbers of a row.</summary>
    public static AxisRule Length { get; } = AxisRule.Free("5 + classes");

    /// <summary>The parameters.</summary>
    /// <param name="score">Default of <c>score_threshold</c>.</param>
    /// <param name="overlap">Default of <c>nms_overlap</c>.</param>
    /// <param name="rounding">Default of <c>letterbox_rounding</c>.</param>
    public static DecoderParameter[] Parameters(double score, double overlap, string rounding) =>
    [
        DecoderParameter.Whole("person_class", 0, 0, 10000, "index of the class that means a person"),
        DecoderParameter.Number("score_threshold", score, 0, 1, "boxes at or below it are dropped"),
        DecoderParameter.Number("nms_overlap", overlap, 0, 1, "overlap above which the weaker box goes"),
        DecoderParameter.Word("letterbox_rounding", rounding, ["nearest", "down"], "to which whole pixel the shorter side of a letterboxed picture goes"),
    ];

    /// <summary>The preparation that <c>letterbox_rounding</c> names.</summary>
    public static DetectorPreparation Preparation(ParserContract contract) =>
        contract.Word("letterbox_rounding") == "down" ? DetectorPreparation.Down : DetectorPreparation.Nearest;

    /// <summary>Reads the role <c>detections</c> and the parameters.</summary>
    /// <exception cref="PoseBatchException">model_mismatch.</exception>
    public static DetectorRows Of(ParserContract contract)
    {
        (int output, IReadOnlyList<int> shape, _) = contract.Output("detections");
        if (shape is not [_, > 5])
        {
            throw contract.Mismatch($"needs rows of 5 numbers and the classes in the role 'detections' but gives [{string.Join(',', shape)}]");
        }

        int person = contract.Whole("person_class");
        return person < shape[1] - 5
            ? new(output, shape[1] - 5, person, contract.Number("score_threshold"), contract.Number("nms_overlap"))
            : throw contract.Mismatch($"has {shape[1] - 5} classes, so class {person} cannot mean a person");
    }
}
