using System.CommandLine;
using PoseBatch.Worker.Summaries;

namespace PoseBatch.Worker.Commands;

/// <summary><c>posebatch query SQL ROOT</c>: one question to all results, where a DuckDB is at hand.</summary>
internal static class QueryCommand
{
    public static Command Create()
    {
        Argument<string> sql = new("SQL") { Description = "A question in DuckDB's SQL, over the views keypoints, persons, frames, tracks and summary." };
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
            int answer = ExitCode.Done;
            int code = await OneResult.RunAsync(parsed.GetValue(root)!, async () =>
            {
                string folder = parsed.GetValue(root)!;
                string statements = ResultViews.Sql(folder, ResultFolders.Below(folder)) + parsed.GetValue(sql)!.TrimEnd().TrimEnd(';') + ";\n";
                if (parsed.GetValue(print))
                {
                    System.Console.Out.Write(statements);
                    return;
                }

                QueryFormat format = parsed.GetValue(csv) ? QueryFormat.Csv : parsed.GetValue(json) ? QueryFormat.Json : QueryFormat.Table;
                if (DuckDb.Find() is not { } engine)
                {
                    System.Console.Error.WriteLine("query needs a DuckDB on this machine, and there is none.");
                    System.Console.Error.WriteLine("  " + DuckDb.Advice);
                    answer = ExitCode.NotReady;
                    return;
                }

                answer = await engine.RunAsync(statements, format, cancellation) == 0 ? ExitCode.Done : ExitCode.SomeFailed;
            });
            return code == ExitCode.Done ? answer : code;
        });
        return command;
    }
}
