namespace PoseBatch.Folders;

/// <summary>
/// For each folder (namespace) the folders it may name: first those of Core, then the edges, then results, then the program.
/// <c>Core</c> stands for the root of PoseBatch.Core. What starts the program may name all.
/// </summary>
internal static class FolderTable
{
    private const string Table = """
        Geometry:                   Core
        Jobs:                       Core Json
        Poses:                      Geometry
        Evaluation:                 Core Geometry Poses
        Models:                     Core Geometry Poses
        Targets:                    Geometry Poses
        Imaging:                    Core Geometry Models
        Video:                      Core Geometry Models Poses
        Heatmaps:                   Imaging Models
        Tables:                     Core Geometry Models Poses Video
        Families:                   Core Geometry Heatmaps Json Models Poses
        Estimators:                 Core Families Geometry Heatmaps Imaging Models Poses Video
        Tracking:                   Core Families Geometry Poses Video
        Pipeline:                   Core Estimators Geometry Jobs Models Poses Tables Tracking Video

        Conversion:                 Conversion.Onnx Conversion.Source Conversion.Translation
        Conversion.Source:          Core
        Conversion.Translation:     Conversion.Onnx Conversion.Source
        Ffmpeg.Decoding:            Core Ffmpeg.Interop Ffmpeg.Probing Ffmpeg.Processes Geometry Video
        Ffmpeg.Drawing:             Core Ffmpeg.Probing Ffmpeg.Processes Geometry Poses Video
        Ffmpeg.Interop:             Video
        Ffmpeg.Probing:             Core Ffmpeg.Interop Ffmpeg.Processes Geometry Video
        Ffmpeg.Processes:           Core Ffmpeg.Interop
        JobStores:                  JobStores.Postgres JobStores.Sqlite Jobs
        JobStores.Sql:              Core Jobs
        JobStores.Postgres:         Core JobStores.Sql Jobs
        JobStores.Sqlite:           Core JobStores.Sql Jobs
        Onnx:                       Core Families Geometry Models Onnx.Interop Onnx.Packages Onnx.Runtime
        Onnx.Interop:               Core
        Onnx.Packages:              Core Families Models Onnx.Runtime Tables
        Onnx.Runtime:               Core Onnx.Interop
        Parquet:                    Core Parquet.Format Tables
        Parquet.Format:             Tables

        Results.Format:             Core Geometry Models Poses Tables Video
        Results.Reading:            Core Geometry Parquet Poses Tables
        Results.Verification:       Core Geometry Models Parquet Parquet.Format Results.Format Tables
        Results.Writing:            Core Models Parquet Parquet.Format Poses Results.Format Results.Interop Results.Verification Tables Video

        Worker.FileSystem:          Results.Interop Video Worker.Formatting
        Worker.Analysis.Export:     Core Geometry Parquet Poses Results.Format Results.Reading Tables Worker.Formatting
        Worker.Cli.Bench:           Pipeline Video
        Worker.Analysis.Summaries:  Core Geometry Parquet Results.Reading Tables Worker.Analysis.Export Worker.Formatting
        Worker.Hosting:             Core Estimators Ffmpeg.Decoding Ffmpeg.Processes Jobs Models Onnx Onnx.Packages Onnx.Runtime Pipeline Results.Format Results.Interop Results.Writing Tables Video Worker.Formatting
        Worker.Analysis.Evaluation: Core Estimators Evaluation Families Ffmpeg.Decoding Geometry Models Onnx Onnx.Packages Onnx.Runtime Pipeline Poses Results.Reading Video Worker.Formatting Worker.Hosting
        Worker.Analysis.Rendering:  Core Ffmpeg.Decoding Ffmpeg.Drawing Geometry Poses Results.Format Results.Reading Tables Video Worker.Hosting
        Worker.Analysis.Reports:    Core Ffmpeg.Drawing Geometry Poses Results.Reading Tables Worker.Analysis.Rendering Worker.Hosting
        Worker.Analysis.Targets:    Core Evaluation Geometry Poses Results.Reading Tables Targets Worker.Analysis.Evaluation Worker.Formatting
        Worker.Cli.Demo:            Core Estimators Evaluation Geometry Models Pipeline Poses Results.Format Results.Reading Tables Worker.Analysis.Evaluation Worker.Analysis.Rendering Worker.Analysis.Reports Worker.Formatting Worker.Hosting
        Worker.Catalogue:           Conversion Conversion.Source Core Estimators Families Ffmpeg.Decoding Geometry Imaging Json Models Onnx Onnx.Packages Onnx.Runtime Poses Tables Video Worker.Formatting Worker.Hosting
        Worker.Service.Jobs:        Core Estimators Ffmpeg.Decoding Jobs Models Pipeline Results.Interop Results.Reading Tables Video Worker.Analysis.Export Worker.Analysis.Reports Worker.Catalogue Worker.FileSystem Worker.Hosting
        Worker.Cli.Client:          Core JobStores Jobs Worker.Formatting Worker.Hosting Worker.Service.Jobs
        Worker.Service.Api:         Core Jobs Results.Interop Results.Reading Tables Worker.FileSystem Worker.Hosting Worker.Service.Jobs
        Worker.Service.Intake:      Core Ffmpeg.Probing Jobs Results.Interop Video Worker.FileSystem Worker.Hosting Worker.Service.Jobs
        Worker.Service.Api.Viewer:  Core Evaluation Ffmpeg.Decoding Ffmpeg.Drawing Jobs Poses Results.Format Results.Reading Tables Video Worker.FileSystem Worker.Hosting Worker.Service.Api Worker.Service.Jobs
        Worker.Service.Attempts:    Core Jobs Pipeline Results.Format Tables Video Worker.FileSystem Worker.Hosting Worker.Service.Jobs
        Worker.Service:             Ffmpeg.Decoding JobStores Jobs Results.Interop Tables Video Worker.Catalogue Worker.FileSystem Worker.Hosting Worker.Service.Api Worker.Service.Api.Viewer Worker.Service.Attempts Worker.Service.Intake Worker.Service.Jobs
        Worker.Cli.Commands:        Conversion Conversion.Source Core Estimators Evaluation Ffmpeg.Decoding Ffmpeg.Drawing Ffmpeg.Processes Geometry Jobs Models Onnx Onnx.Packages Onnx.Runtime Pipeline Poses Results.Format Results.Reading Results.Verification Tables Targets Video Worker.Analysis.Evaluation Worker.Analysis.Export Worker.Analysis.Rendering Worker.Analysis.Reports Worker.Analysis.Summaries Worker.Analysis.Targets Worker.Catalogue Worker.Cli.Bench Worker.Cli.Client Worker.Cli.Demo Worker.FileSystem Worker.Formatting Worker.Hosting Worker.Service Worker.Service.Jobs
        """;

    /// <summary>Folder to folders, by full name.</summary>
    public static ILookup<string, string> Rows() => Table.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line.Contains(':', StringComparison.Ordinal))
        .SelectMany(line => line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(to => (From: Full(line.Split(':')[0].Trim()), To: Full(to))))
        .ToLookup(row => row.From, row => row.To);

    private static string Full(string folder) => folder switch
    {
        "Core" => "PoseBatch",
        _ => "PoseBatch." + folder,
    };
}
