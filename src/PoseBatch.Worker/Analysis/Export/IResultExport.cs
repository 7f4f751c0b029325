using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Export;

/// <summary>Writes a result in a format of somebody else's, frame by frame: a long video needs no more memory than a short one.</summary>
internal interface IResultExport
{
    /// <summary>The word of <c>--to</c>.</summary>
    string Name { get; }

    /// <summary>What comes after the result's name in the name of the file, or folder, where none is asked for.</summary>
    /// <param name="result">What will be exported.</param>
    string Suffix(PoseResult result);

    /// <summary>Writes it.</summary>
    /// <param name="result">What to export.</param>
    /// <param name="path">A file or folder that does not exist yet, as the format wants.</param>
    /// <param name="options">What the user chose.</param>
    /// <param name="cancellation">Ends it between frames; what was written stays behind.</param>
    /// <returns>Sentences the user should read, for example on what the format cannot hold.</returns>
    /// <exception cref="PoseBatchException">output_conflict: the format cannot represent this result.</exception>
    IReadOnlyList<string> Write(PoseResult result, string path, ExportOptions options, CancellationToken cancellation);
}

/// <summary>What the user may choose about an export.</summary>
internal sealed record ExportOptions
{
    /// <summary>The table of the CSV export.</summary>
    public string Table { get; init; } = "keypoints";

    /// <summary>Millimetres per pixel for TRC; null leaves positions in pixels.</summary>
    public double? MillimetresPerPixel { get; init; }
}
