using System.CommandLine;
using System.Text;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Analysis.Reports;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch report RESULT</c>: one page about a result, for people who did not run it.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Argument<string> result = new("RESULT") { Description = "A result folder." };
        CommonOptions.NeverBlank(result);
        Option<string?> video = new("--video") { Description = "The video, where it is no more in the place it was processed from.", HelpName = "FILE" };
        CommonOptions.NeverBlank(video);
        Option<string?> output = new("--out", "-o") { Description = "File to write. Default: named after the result, in the current folder.", HelpName = "FILE.html" };
        CommonOptions.NeverBlank(output);
        Option<bool> overwrite = new("--overwrite") { Description = "Replace what is there." };
        Option<bool> json = new("--json") { Description = "One JSON object on standard output, nothing else." };
        Option<string?> config = new CommonOptions().Config;
        Command command = new("report", "Write one page about a result: what was processed, what was found, what to mind.") { result, video, output, overwrite, json, config };
        command.SetAction(async (parsed, cancellation) => await OneResult.RunAsync(parsed.GetValue(result)!, async () =>
        {
            (Settings settings, IConfiguration configuration) = SettingsLoader.Load(parsed.GetValue(config));
            Logging.Start(configuration);
            PoseResult found = PoseResult.Open(parsed.GetValue(result)!);
            string path = Path.GetFullPath(parsed.GetValue(output) ?? found.Name + ".html");
            AtomicFile.Check(path, parsed.GetValue(overwrite));
            string page = await ResultReport.WriteAsync(found, parsed.GetValue(video), settings, cancellation);
            await AtomicFile.MakeAsync(path, parsed.GetValue(overwrite), partial => File.WriteAllTextAsync(partial, page, new UTF8Encoding(false), cancellation));
            OneResult.Say(found, [path], [], parsed.GetValue(json));
        }));
        return command;
    }
}
