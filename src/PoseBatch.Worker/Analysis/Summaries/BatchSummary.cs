using System.Text.Json;
using PoseBatch.Parquet;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Analysis.Summaries;

/// <summary><c>batch_summary.parquet</c>: one row per result below a root (docs/table-schema.md).</summary>
internal static class BatchSummary
{
    /// <summary>Name of the file in the root.</summary>
    public const string FileName = "batch_summary.parquet";

    private const string NoManifest = "the result has no manifest";
    private const int RowsPerGroup = 8192;

    /// <summary>Its columns.</summary>
    public static TableSchema Schema { get; } = new("batch_summary",
    [
        new("video", ColumnType.Text, false, "name", "Name of the source as the job gives it: the column video of the tables."),
        new("result", ColumnType.Text, false, "path", "Folder of the result, below the folder of this file."),
        new("key", ColumnType.Text, false, "hexadecimal", "Key of the result; equal keys mean equal tables."),
        new("model", ColumnType.Text, false, "name", "Model that found the joints."),
        new("model_sha256", ColumnType.Text, false, "hexadecimal", "Hash of its file."),
        new("detector", ColumnType.Text, true, "name", "Network that found the people.") { NullRule = "the model needs none" },
        new("provider", ColumnType.Text, false, "name", "Provider that really ran the model."),
        new("source_frames", ColumnType.Int64, false, "count", "Frames of the source; always inferred + skipped + undecodable."),
        new("inferred", ColumnType.Int64, false, "count", "Frames the model saw."),
        new("skipped", ColumnType.Int64, false, "count", "Frames left out on purpose."),
        new("undecodable", ColumnType.Int64, false, "count", "Frames that gave no picture."),
        new("corrupt", ColumnType.Int64, false, "count", "Of the inferred ones, those decoded with errors."),
        new("frames_with_persons", ColumnType.Int64, false, "count", "Frames in which somebody was found."),
        new("most_persons", ColumnType.Int32, false, "count", "Most people found in one frame."),
        new("persons", ColumnType.Int64, false, "count", "People found, counted anew in every frame."),
        new("keypoints", ColumnType.Int64, false, "count", "Rows of the keypoints table."),
        new("tracks", ColumnType.Int64, true, "count", "People over time.") { NullRule = "tracking was off" },
        new("duration_s", ColumnType.Double, false, "s", "Time of the last frame, plus how long it is shown where that is known."),
        new("fps", ColumnType.Double, true, "1/s", "Stated frames per second.") { NullRule = "the source states none" },
        new("variable_rate", ColumnType.Boolean, true, "true, false", "Whether frames come at uneven times.") { NullRule = "unknown" },
        new("width", ColumnType.Int32, false, "px", "Display width the stream announces."),
        new("height", ColumnType.Int32, false, "px", "Display height the stream announces."),
        new("group", ColumnType.Text, true, "name", "Group of the job.") { NullRule = "the job names none" },
        new("labels", ColumnType.Text, true, "JSON", "Labels of the job, as a JSON object.") { NullRule = "the job has none" },
        new("warnings", ColumnType.Int32, true, "count", "Warnings in the manifest.") { NullRule = NoManifest },
        new("started", ColumnType.Text, true, "UTC, ISO 8601", "When the job began.") { NullRule = NoManifest },
        new("elapsed_s", ColumnType.Double, true, "s", "How long it took.") { NullRule = NoManifest },
        new("source_bytes", ColumnType.Int64, false, "bytes", "Size of the source."),
    ]);

    /// <summary>Writes the summary of some results.</summary>
    /// <param name="folders">Their folders, in the order of the rows.</param>
    /// <param name="root">The folder that names in the table start from.</param>
    /// <param name="path">The file to make; must not exist.</param>
    /// <param name="cancellation">Ends it between results.</param>
    /// <returns>Results that could not be read, and why: they have no row.</returns>
    public static IReadOnlyList<string> Write(IReadOnlyList<string> folders, string root, string path, CancellationToken cancellation)
    {
        List<string> unread = [];
        TableBlock block = new(Schema);
        using ParquetFileWriter writer = new(path, Schema, new());
        foreach (string folder in folders)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                Row row = Row.Of(PoseResult.Open(folder), cancellation);
                Append(block, row, Path.GetRelativePath(root, folder));
            }
            catch (PoseBatchException fault)
            {
                unread.Add($"{Path.GetRelativePath(root, folder)} has no row: {fault.Message}");
            }

            if (block.RowCount >= RowsPerGroup)
            {
                writer.WriteRowGroup(block);
                block.Clear();
            }
        }

        writer.WriteRowGroup(block);
        writer.Finish([new("posebatch.schema_version", TableSchemas.Version), new("posebatch.table", Schema.Name)]);
        return unread;
    }

    private static void Append(TableBlock block, Row row, string folder)
    {
        PoseResult result = row.Result;
        ResultCounts counts = result.Counts;
        JsonElement model = result.Section("model");
        Text("video", result.SourceId);
        Text("result", folder);
        Text("key", result.Section("job").GetProperty("key").GetString());
        Text("model", model.GetProperty("name").GetString());
        Text("model_sha256", model.GetProperty("sha256").GetString());
        Text("detector", model.TryGetProperty("detector", out JsonElement detector) ? detector.GetProperty("name").GetString() : null);
        Text("provider", result.Section("runtime").GetProperty("provider").GetString());
        Long("source_frames", counts.SourceFrames);
        Long("inferred", counts.Inferred);
        Long("skipped", counts.Skipped);
        Long("undecodable", counts.Undecodable);
        Long("corrupt", counts.Corrupt);
        Long("frames_with_persons", row.PeopledFrames);
        block.Column<int>("most_persons").Append(row.MostPersons);
        Long("persons", counts.Persons);
        Long("keypoints", counts.Keypoints);
        Long("tracks", counts.Tracks);
        block.Column<double>("duration_s").Append(row.EndSeconds);
        block.Column<double>("fps").Append(result.NominalFps);
        block.Column<bool>("variable_rate").Append(result.IsVariableRate);
        block.Column<int>("width").Append(result.DisplaySize.Width);
        block.Column<int>("height").Append(result.DisplaySize.Height);
        Text("group", InJob("group") is { ValueKind: JsonValueKind.String } group ? group.GetString() : null);
        Text("labels", InJob("labels") is { ValueKind: JsonValueKind.Object } labels && labels.EnumerateObject().Any() ? labels.GetRawText() : null);
        block.Column<int>("warnings").Append(result.Manifest is null ? null : result.Warnings.Count);
        Text("started", InJob("started") is { ValueKind: JsonValueKind.String } started ? started.GetString() : null);
        block.Column<double>("elapsed_s").Append(InJob("elapsed_seconds") is { ValueKind: JsonValueKind.Number } elapsed ? elapsed.GetDouble() : null);
        Long("source_bytes", result.Section("source").GetProperty("size").GetInt64());

        void Long(string name, long? value) => block.Column<long>(name).Append(value);

        void Text(string name, string? value)
        {
            TextColumnBuffer column = block.TextColumn(name);
            column.Append(value is null ? null : column.CodeOf(value));
        }

        JsonElement? InJob(string name) =>
            result.Manifest is { } manifest && manifest.TryGetProperty("job", out JsonElement job) && job.TryGetProperty(name, out JsonElement value) ? value : null;
    }

    /// <summary>What the ledger itself has to say.</summary>
    private sealed record Row(PoseResult Result, long PeopledFrames, int MostPersons, double EndSeconds)
    {
        public static Row Of(PoseResult result, CancellationToken cancellation)
        {
            using FrameTable ledger = new(result.Path);
            (long peopled, int most, double seconds) = (0, 0, 0);
            foreach (int row in ledger.Rows([ledger.Time, ledger.Duration, ledger.PersonCount], cancellation))
            {
                int persons = ledger.PersonCount.ValueOr(row, 0);
                peopled += persons > 0 ? 1 : 0;
                most = int.Max(most, persons);
                seconds = ledger.Time[row] + ledger.Duration.ValueOr(row, 0);
            }

            return new(result, peopled, most, seconds);
        }
    }
}
