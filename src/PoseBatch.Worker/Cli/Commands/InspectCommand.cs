using System.CommandLine;
using System.Globalization;
using PoseBatch.Results.Format;
using PoseBatch.Results.Verification;
using PoseBatch.Tables;
using PoseBatch.Worker.Cli.Demo;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch inspect RESULT</c>: what a result holds, its metadata, and whether it is consistent.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string[]> results = new("RESULT") { Description = "Result folders.", Arity = ArgumentArity.OneOrMore };
        CommonOptions.NeverBlank(results);
        Option<bool> json = new("--json") { Description = "One JSON object per result on standard output." };
        Option<bool> columns = new("--columns") { Description = "Every column with its encoding and bytes." };
        Command command = new("inspect", "Print what a result holds and check it.") { results, json, columns };
        command.SetAction(parsed =>
        {
            bool sound = true;
            foreach (string path in parsed.GetValue(results)!)
            {
                if (!File.Exists(Path.Combine(path, "manifest.json")) && !File.Exists(Path.Combine(path, "frames.parquet")))
                {
                    System.Console.Error.WriteLine($"{path}: no result here. Name the folder that holds manifest.json.");
                    sound = false;
                    continue;
                }

                ResultInspection inspection = ResultInspector.Inspect(path);
                sound &= inspection.IsSound;
                if (parsed.GetValue(json))
                {
                    System.Console.Out.WriteLine(Json(inspection));
                }
                else
                {
                    Print(inspection, parsed.GetValue(columns), System.Console.Out);
                }
            }

            return sound ? ExitCode.Done : ExitCode.SomeFailed;
        });
        return command;
    }

    private static void Print(ResultInspection inspection, bool columns, TextWriter output)
    {
        ResultCounts counts = inspection.Counts;
        output.WriteLine(inspection.Path);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ledger     {counts.SourceFrames:N0} source frames = {counts.Inferred:N0} inferred ({counts.Corrupt:N0} of them damaged) + {counts.Skipped:N0} skipped + {counts.Undecodable:N0} undecodable"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  people     {counts.Persons:N0} poses, {counts.Keypoints:N0} keypoint rows{ReportText.Tracks(counts)}"));
        foreach (InspectedTable table in inspection.Tables)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  table      {table.Name}: {table.Rows:N0} rows in {table.RowGroups} row groups, {table.SizeBytes:N0} bytes, sha256 {table.Sha256}"));
            if (columns)
            {
                foreach (InspectedColumn column in table.Columns)
                {
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"             {column.Name,-14} {column.Type.ToString().ToLowerInvariant(),-8} {column.CompressedBytes,12:N0} bytes  {column.Codec} {string.Join('+', column.Encodings)}{(column.NullCount is > 0 and { } nulls ? $", {nulls:N0} null" : string.Empty)}"));
                }
            }
        }

        if (inspection.Tables.Count > 0)
        {
            foreach ((string key, string value) in inspection.Tables[0].Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                // The data dictionary is the same for all results and stands in docs/table-schema.md.
                if (key is not ("posebatch.columns" or "posebatch.table"))
                {
                    output.WriteLine($"  {key.Replace("posebatch.", string.Empty, StringComparison.Ordinal),-14} {value}");
                }
            }
        }

        foreach (ResultProblem problem in inspection.Problems)
        {
            output.WriteLine($"  PROBLEM    {problem.File}: {problem.Code}: {problem.Message}");
        }

        output.WriteLine(inspection.IsSound ? "  consistent: hashes, row counts and every row agree with the ledger" : $"  NOT consistent: {inspection.Problems.Count} problems");
    }

    private static string Json(ResultInspection inspection) => JsonLine.Of(json =>
    {
        ResultCounts counts = inspection.Counts;
        json.WriteStartObject();
        json.WriteString("result", inspection.Path);
        json.WriteBoolean("consistent", inspection.IsSound);
        ReportText.Counts(json, counts);
        json.WriteStartArray("tables");
        foreach (InspectedTable table in inspection.Tables)
        {
            json.WriteStartObject();
            json.WriteString("name", table.Name);
            json.WriteNumber("rows", table.Rows);
            json.WriteNumber("row_groups", table.RowGroups);
            json.WriteNumber("bytes", table.SizeBytes);
            json.WriteString("sha256", table.Sha256);
            json.WriteStartObject("metadata");
            foreach ((string key, string value) in table.Metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("problems");
        foreach (ResultProblem problem in inspection.Problems)
        {
            json.WriteStartObject();
            json.WriteString("code", problem.Code);
            json.WriteString("file", problem.File);
            json.WriteString("message", problem.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
