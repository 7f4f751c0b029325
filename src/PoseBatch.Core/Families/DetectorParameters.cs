namespace PoseBatch.Families;

/// <summary>The parameters all detectors have.</summary>
/// <param name="Person">Index of the class that means a person.</param>
/// <param name="Score">What a box must exceed.</param>
/// <param name="Overlap">Overlap above which the weaker box goes.</param>
/// <param name="Preparation">How pictures are prepared, by <c>letterbox_rounding</c>.</param>
internal readonly record struct DetectorParameters(int Person, double Score, double Overlap, DetectorPreparation Preparation)
{
    /// <summary>Their definition.</summary>
    /// <param name="score">Default of <c>score_threshold</c>.</param>
    /// <param name="overlap">Default of <c>nms_overlap</c>.</param>
    /// <param name="rounding">Default of <c>letterbox_rounding</c>.</param>
    public static DecoderParameter[] Define(double score, double overlap, string rounding) =>
    [
        DecoderParameter.Whole("person_class", 0, 0, 10000, "index of the class that means a person"),
        DecoderParameter.Number("score_threshold", score, 0, 1, "boxes at or below it are dropped"),
        DecoderParameter.Number("nms_overlap", overlap, 0, 1, "overlap above which the weaker box goes"),
        DecoderParameter.Word("letterbox_rounding", rounding, ["nearest", "down"], "to which whole pixel the shorter side of a letterboxed picture goes"),
    ];

    /// <summary>Their values.</summary>
    /// <param name="contract">The model.</param>
    /// <param name="classCount">Classes the network tells apart; null where it does not say.</param>
    /// <exception cref="PoseBatchException">model_mismatch: there are not so many classes.</exception>
    public static DetectorParameters Of(ParserContract contract, int? classCount)
    {
        int person = contract.Whole("person_class");
        return person < (classCount ?? int.MaxValue)
            ? new(person, contract.Number("score_threshold"), contract.Number("nms_overlap"), contract.Word("letterbox_rounding") == "down" ? DetectorPreparation.Down : DetectorPreparation.Nearest)
            : throw contract.Mismatch($"has {classCount} classes, so class {person} cannot mean a person");
    }
}
