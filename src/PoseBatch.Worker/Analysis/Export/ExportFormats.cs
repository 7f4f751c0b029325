namespace PoseBatch.Worker.Analysis.Export;

/// <summary>All formats a result can be exported to.</summary>
internal static class ExportFormats
{
    public static IReadOnlyList<IResultExport> All { get; } =
        [new WideParquetExport(), new CsvExport(), new CocoExport(), new OpenPoseExport(), new DeepLabCutExport(), new TrcExport()];
}
