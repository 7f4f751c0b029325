using System.Security.Cryptography;
using System.Text.Json;
using PoseBatch.Parquet;
using PoseBatch.Parquet.Format;
using PoseBatch.Results.Format;
using PoseBatch.Tables;

namespace PoseBatch.Results.Verification;

/// <summary>
/// Looks at a result with distrust: opens every file, checks its hash against the manifest's, and compares every row
/// with the ledger. Memory is bounded by one row group per table.
/// </summary>
public static class ResultInspector
{
    private static readonly string[] RequiredKeys =
    [
        "posebatch.schema_version", "posebatch.table", "posebatch.skeleton", "posebatch.coordinate", "posebatch.time", "posebatch.source",
        "posebatch.model", "posebatch.runtime", "posebatch.settings", "posebatch.counts", "posebatch.job", "posebatch.columns",
    ];

    /// <summary>Inspects a result folder. Faults of the result are values, not exceptions.</summary>
    /// <param name="path">The folder that holds manifest.json and the tables.</param>
    /// <exception cref="PoseBatchException">source_missing: there is no such folder.</exception>
    public static ResultInspection Inspect(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new PoseBatchException(ReasonCode.SourceMissing, $"There is no result folder '{path}'.", "Name the folder that holds manifest.json.");
        }

        ProblemList problems = new();
        ResultInspection inspection = InspectTables(path, problems, new ChunkMemory());
        string? manifest = ReadManifest(path, problems);
        if (manifest is not null)
        {
            CompareWithManifest(manifest, inspection, problems);
        }

        return inspection with { Manifest = manifest, Problems = problems.ToList() };
    }

    /// <summary>Inspects the tables of a folder that has no manifest yet.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="memory">What it is read in.</param>
    /// <param name="room">Blocks of these tables that may be read into, so that reading takes no memory of its own; null for fresh ones.</param>
    internal static ResultInspection InspectTables(string path, ProblemList problems, ChunkMemory memory, IReadOnlyList<TableBlock>? room = null)
    {
        List<ParquetFileReader> readers = [];
        try
        {
            List<InspectedTable> tables = [];
            foreach (TableSchema schema in TableSchemas.All)
            {
                if (schema.IsOptional && !File.Exists(System.IO.Path.Combine(path, schema.FileName)))
                {
                    continue;
                }

                if (Open(path, schema, memory, problems) is { } reader)
                {
                    readers.Add(reader);
                    tables.Add(Describe(reader));
                }
            }

            ResultCounts counts = new(0, 0, 0, 0, 0, 0, 0);
            bool isAudited = readers.Count >= TableSchemas.All.Count(schema => !schema.IsOptional) && problems.Count == 0 && TryAuditRows(readers, problems, room, out counts);
            if (isAudited)
            {
                CompareWithMetadata(tables, counts, problems);
            }

            return new() { Path = path, Counts = counts, IsAudited = isAudited, Tables = tables, Problems = problems.ToList() };
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    private static ParquetFileReader? Open(string folder, TableSchema schema, ChunkMemory memory, ProblemList problems)
    {
        string file = schema.FileName;
        string path = System.IO.Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            problems.Add("file_missing", file, "The table is not there.");
            return null;
        }

        try
        {
            ParquetFileReader reader = new(path, memory);
            CompareSchema(reader.Schema, schema, file, problems);
            foreach (string key in RequiredKeys.Where(key => !reader.Metadata.ContainsKey(key)))
            {
                problems.Add("metadata_differs", file, $"The key {key} is missing.");
            }

            return reader;
        }
        catch (Exception fault) when (fault is ParquetFormatException || OutputFault.IsOutputFault(fault))
        {
            problems.Add("file_unreadable", file, fault.Message);
            return null;
        }
    }

    private static void CompareSchema(TableSchema found, TableSchema expected, string file, ProblemList problems)
    {
        if (found.Name != expected.Name)
        {
            problems.Add("schema_differs", file, $"The table calls itself '{found.Name}'.");
        }

        // A later minor version may add columns; those of this version must be there.
        foreach (TableColumn column in expected.Columns)
        {
            int index = found.IndexOf(column.Name);
            if (index < 0 && column.IsOptional)
            {
                continue;
            }

            if (index < 0 || found.Columns[index].Type != column.Type || found.Columns[index].IsNullable != column.IsNullable)
            {
                problems.Add("schema_differs", file, $"Column '{column.Name}' is missing or has another type.");
            }
        }
    }

    private static InspectedTable Describe(ParquetFileReader reader)
    {
        IEnumerable<InspectedColumn> columns = reader.Schema.Columns.Select((column, index) =>
        {
            List<ParquetColumnChunk> chunks = [.. reader.RowGroups.Select(group => group.Columns[index])];
            return new InspectedColumn(
                column.Name, column.Type, column.IsNullable,
                chunks.All(chunk => chunk.NullCount is not null) ? chunks.Sum(chunk => chunk.NullCount) : null,
                chunks.Sum(chunk => chunk.CompressedSize),
                chunks.Count > 0 ? chunks[0].Codec : string.Empty,
                [.. chunks.SelectMany(chunk => chunk.Encodings).Distinct()]);
        });
        return new(System.IO.Path.GetFileName(reader.Path), reader.SizeBytes, HashOf(reader.Path), reader.RowCount, reader.RowGroups.Count, reader.CreatedBy)
        {
            Columns = [.. columns],
            Metadata = reader.Metadata,
        };
    }

    private static bool TryAuditRows(List<ParquetFileReader> readers, ProblemList problems, IReadOnlyList<TableBlock>? room, out ResultCounts counts)
    {
        counts = new(0, 0, 0, 0, 0, 0, 0);
        ParquetFileReader keypoints = readers[0];
        ParquetFileReader persons = readers[1];
        ParquetFileReader frames = readers[2];
        List<string>? joints = JointNames(keypoints.Metadata["posebatch.skeleton"]);
        if (joints is null)
        {
            problems.Add("metadata_differs", TableSchemas.Keypoints.FileName, "posebatch.skeleton names no joints.");
            return false;
        }

        RowVerifier audit = new(new(frames, persons, keypoints, readers.ElementAtOrDefault(3)), joints, problems, room);
        try
        {
            audit.Run();
            return true;
        }
        catch (ParquetFormatException fault)
        {
            problems.Add("file_unreadable", System.IO.Path.GetFileName(fault.Path), fault.Message);
            readers.ForEach(reader => ReadRest(reader, problems));
            return false;
        }
        finally
        {
            counts = audit.Counts;
        }
    }

    /// <summary>After the first damaged page the rows cannot be compared; every other page is still looked at.</summary>
    private static void ReadRest(ParquetFileReader reader, ProblemList problems)
    {
        TableBlock block = reader.CreateBlock();
        for (int group = 0; group < reader.RowGroups.Count; group++)
        {
            try
            {
                reader.Read(group, block);
            }
            catch (ParquetFormatException fault)
            {
                problems.Add("file_unreadable", System.IO.Path.GetFileName(reader.Path), fault.Message);
            }
        }
    }

    private static void CompareWithMetadata(List<InspectedTable> tables, ResultCounts counts, ProblemList problems)
    {
        foreach (InspectedTable table in tables)
        {
            if (table.Metadata.TryGetValue("posebatch.counts", out string? stated) && stated != JsonText.Write(json => TableMetadata.WriteCounts(json, counts)))
            {
                problems.Add("counts_differ", table.Name, $"The footer states {stated}, the rows are {JsonText.Write(json => TableMetadata.WriteCounts(json, counts))}.");
            }
        }

        if (counts.SourceFrames != counts.Inferred + counts.Skipped + counts.Undecodable)
        {
            problems.Add("counts_differ", TableSchemas.Frames.FileName, "Inferred, skipped and undecodable frames do not add up to the source frames.");
        }
    }

    private static string? ReadManifest(string folder, ProblemList problems)
    {
        string path = System.IO.Path.Combine(folder, Manifest.FileName);
        if (!File.Exists(path))
        {
            problems.Add("file_missing", Manifest.FileName, "The manifest is not there.");
            return null;
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            problems.Add("file_unreadable", Manifest.FileName, fault.Message);
            return null;
        }
    }

    private static void CompareWithManifest(string manifest, ResultInspection inspection, ProblemList problems)
    {
        try
        {
            foreach (Manifest.ListedFile file in Manifest.FilesIn(manifest))
            {
                InspectedTable? table = inspection.Tables.FirstOrDefault(table => table.Name == file.Name);
                if (TableSchemas.All.Any(schema => schema.IsOptional && schema.FileName == file.Name)
                    && !File.Exists(System.IO.Path.Combine(inspection.Path, file.Name)))
                {
                    problems.Add("file_missing", file.Name, "The table is not there, though the manifest lists it.");
                }

                if (table is not null && table.Sha256 != file.Sha256)
                {
                    problems.Add("hash_differs", file.Name, "The file is not the one the manifest describes: its SHA-256 differs.");
                }
            }

            using JsonDocument document = JsonDocument.Parse(manifest);
            string stated = JsonSerializer.Serialize(document.RootElement.GetProperty("counts"));
            string found = JsonText.Write(json => TableMetadata.WriteCounts(json, inspection.Counts));
            if (inspection.IsAudited && stated != found)
            {
                problems.Add("counts_differ", Manifest.FileName, $"The manifest states {stated}, the rows are {found}.");
            }
        }
        catch (Exception fault) when (Manifest.IsDamage(fault))
        {
            problems.Add("manifest_unreadable", Manifest.FileName, fault.Message);
        }
    }

    private static List<string>? JointNames(string skeleton)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(skeleton);
            List<string> names = [.. document.RootElement.GetProperty("keypoints").EnumerateArray().Select(name => name.GetString() ?? string.Empty)];
            return names.Count > 0 ? names : null;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string HashOf(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 17, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
