using System.CommandLine;
using DuckDB.NET.Data;
using PoseBatch.Worker.Analysis.Summaries;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch query SQL ROOT</c>: a question to all results below a folder.</summary>
internal static class QueryCommand
{
    public static Command Create()
    {
        Argument<string> sql = new("SQL") { Description = "A question in DuckDB's SQL, over the views keypoints, persons, frames, tracks and summary and the table results." };
        CommonOptions.NeverBlank(sql);
        Argument<string> root = new("ROOT") { Description = "The folder that holds the results. Default: the current one.", DefaultValueFactory = _ => "." };
        CommonOptions.NeverBlank(root);
        Option<bool> csv = new("--csv") { Description = "Rows as CSV." };
        Option<bool> json = new("--json") { Description = "Rows as one JSON array of objects." };
        Option<bool> print = new("--print-views") { Description = "Print the views and the question for a DuckDB elsewhere, and ask nobody." };
        Command command = new("query", "Ask all results below a folder a question in SQL.") { sql, root, csv, json, print };
        command.Validators.Add(found =>
        {
            if (found.GetValue(csv) && found.GetValue(json))
            {
                found.AddError("--csv and --json ask for different formats: give one of them.");
            }
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            // Without an engine nothing can be asked: known before anything is looked at.
            using DuckDb? engine = parsed.GetValue(print) ? null : DuckDb.Open();
            int answer = ExitCode.Done;
            int code = await OneResult.RunAsync(parsed.GetValue(root)!, () =>
            {
                string question = parsed.GetValue(sql)!.TrimEnd().TrimEnd(';') + ";\n";
                string views = Views(parsed.GetValue(root)!, cancellation, out bool isComplete);
                answer = isComplete ? ExitCode.Done : ExitCode.SomeFailed;
                QueryFormat format = parsed.GetValue(csv) ? QueryFormat.Csv : parsed.GetValue(json) ? QueryFormat.Json : QueryFormat.Table;
                if (engine is null)
                {
                    System.Console.Out.Write(views + question);
                }
                else if (!TryAsk(engine, views, question, format, cancellation))
                {
                    answer = ExitCode.SomeFailed;
                }

                return Task.CompletedTask;
            });
            return code == ExitCode.Done ? answer : code;
        });
        return command;
    }

    /// <summary>The statements that make the views; says on standard error what is to be known about them.</summary>
    private static string Views(string root, CancellationToken cancellation, out bool isComplete)
    {
        isComplete = true;
        List<NamedResult> results = [];
        foreach (string folder in ResultFolders.Below(root))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                results.Add(NamedResult.Of(folder, root));
            }
            catch (PoseBatchException fault)
            {
                System.Console.Error.WriteLine($"{Printable.Of(Path.GetRelativePath(root, folder))} is left out: {fault.Message}");
                isComplete = false;
            }
        }

        if (ResultViews.SeveralOfOneVideo(results) is { } note)
        {
            System.Console.Error.WriteLine("note: " + note);
        }

        return ResultViews.Sql(root, results);
    }

    private static bool TryAsk(DuckDb engine, string views, string question, QueryFormat format, CancellationToken cancellation)
    {
        // The console's own writer hands on every piece by itself.
        using StreamWriter output = new(System.Console.OpenStandardOutput(), bufferSize: 1 << 16);
        try
        {
            engine.Run(views);
            engine.Ask(question, format, output, cancellation);
            return true;
        }
        catch (DuckDBException wrong)
        {
            output.Flush();
            System.Console.Error.WriteLine(wrong.Message);
            return false;
        }
    }
}
