using System.CommandLine;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Analysis.Export;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch export RESULT --to FORMAT</c>: a result in the formats of other programs.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> result = new("RESULT") { Description = "A result folder." };
        CommonOptions.NeverBlank(result);
        Option<string> format = new("--to") { Description = "Format: " + string.Join(", ", ExportFormats.All.Select(known => known.Name)) + ".", HelpName = "FORMAT", Required = true };
        format.AcceptOnlyFromAmong([.. ExportFormats.All.Select(known => known.Name)]);
        Option<string?> output = new("--out", "-o") { Description = "File or folder to write. Default: named after the result, in the current folder.", HelpName = "PATH" };
        CommonOptions.NeverBlank(output);
        Option<string> table = new("--table") { Description = "The table of the csv export: keypoints, persons, frames or tracks.", HelpName = "TABLE", DefaultValueFactory = _ => "keypoints" };
        table.AcceptOnlyFromAmong("keypoints", "persons", "frames", "tracks");
        Option<double?> scale = new("--mm-per-px") { Description = "Millimetres per pixel for trc, which is in pixels without it.", HelpName = "S" };
        CommonOptions.Within(scale, 1e-6, 1e6);
        Option<bool> overwrite = new("--overwrite") { Description = "Replace what is there." };
        Option<bool> json = new("--json") { Description = "One JSON object on standard output, nothing else." };
        Command command = new("export", "Write a result in a format of other programs.") { result, format, output, table, scale, overwrite, json };
        command.SetAction(async (parsed, cancellation) => await OneResult.RunAsync(parsed.GetValue(result)!, async () =>
        {
            PoseResult found = PoseResult.Open(parsed.GetValue(result)!);
            IResultExport export = ExportFormats.All.First(known => known.Name == parsed.GetValue(format));
            ExportOptions options = new() { Table = parsed.GetValue(table)!, MillimetresPerPixel = parsed.GetValue(scale) };
            string path = Path.GetFullPath(parsed.GetValue(output) ?? found.Name + export.Suffix(found));
            IReadOnlyList<string> notes = [];
            await AtomicFile.MakeAsync(path, parsed.GetValue(overwrite), partial =>
            {
                notes = export.Write(found, partial, options, cancellation);
                return Task.CompletedTask;
            });
            OneResult.Say(found, [path], notes, parsed.GetValue(json));
        }));
        return command;
    }
}
