using System.CommandLine;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Analysis.Summaries;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch summary ROOT</c>: one row per result, in a table beside them.</summary>
internal static class SummaryCommand
{
    public static Command Create()
    {
        Argument<string> root = new("ROOT") { Description = "The folder that holds the results." };
        CommonOptions.NeverBlank(root);
        Option<string?> output = new("--out", "-o") { Description = $"File to write; one that exists is replaced. Default: {BatchSummary.FileName} in ROOT.", HelpName = "FILE" };
        CommonOptions.NeverBlank(output);
        Command command = new("summary", $"Write {BatchSummary.FileName}: one row per result below a folder.") { root, output };
        command.SetAction(async (parsed, cancellation) =>
        {
            IReadOnlyList<string> unread = [];
            int code = await OneResult.RunAsync(parsed.GetValue(root)!, async () =>
            {
                string folder = Path.GetFullPath(parsed.GetValue(root)!);
                string path = Path.GetFullPath(parsed.GetValue(output) ?? Path.Combine(folder, BatchSummary.FileName));
                IReadOnlyList<string> results = ResultFolders.Below(folder);
                await AtomicFile.MakeAsync(path, overwrite: true, partial =>
                {
                    unread = BatchSummary.Write(results, folder, partial, cancellation);
                    return Task.CompletedTask;
                });
                System.Console.Out.WriteLine(path);
            });
            foreach (string reason in unread)
            {
                System.Console.Error.WriteLine("  " + reason);
            }

            return code == ExitCode.Done && unread.Count > 0 ? ExitCode.SomeFailed : code;
        });
        return command;
    }
}
