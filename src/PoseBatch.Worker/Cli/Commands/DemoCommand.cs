using System.CommandLine;
using PoseBatch.Pipeline;
using PoseBatch.Worker.Cli.Demo;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>
/// <c>posebatch demo</c>: the main job on a clip that travels with the program, measured against the clip's exact joints,
/// with pictures to look at. Needs no video, no model and no network.
/// </summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        Option<string> output = new("--out", "-o")
        {
            Description = "Folder for tables and pictures. Default: posebatch-demo.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "posebatch-demo",
        };
        CommonOptions.NeverBlank(output);
        Option<bool> json = new("--json") { Description = "One JSON object on standard output, nothing else." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "No live progress." };
        CommonOptions common = new();
        Command command = new("demo", "Process a clip that comes with the program, and measure the error.") { output };
        common.AddTo(command);
        command.Options.Add(json);
        command.Options.Add(quiet);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool isQuiet = parsed.GetValue(json) || parsed.GetValue(quiet);
            Settings settings = common.Load(parsed, isQuiet ? null : System.Console.Error.WriteLine);
            DemoFiles files = new(Path.GetFullPath(parsed.GetValue(output)!));
            try
            {
                return await RunAsync(settings, files, parsed.GetValue(json), parsed.GetValue(quiet), cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                await System.Console.Error.WriteLineAsync($"Cancelled; the tables below {files.TablesRoot} are complete, the pictures are not.");
                return ExitCode.Cancelled;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                await System.Console.Error.WriteLineAsync($"'{files.Folder}' cannot be written: {fault.Message}");
                return ExitCode.SomeFailed;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(Settings settings, DemoFiles files, bool asJson, bool quiet, CancellationToken cancellation)
    {
        await using ModelHost host = ModelHost.Open(settings);
        RunningModel.Say(host, quiet: asJson || quiet, Logging.Logger);
        VideoRun runner = host.Runner(TimeProvider.System);
        VideoJob job = JobOf(settings, files);
        JobReport report = await ProgressView.RunAsync(
            Path.GetFileName(job.Path), !asJson && !quiet, probed => runner.RunAsync(job, probed, cancellation));
        if (report.State != RunOutcome.Completed)
        {
            System.Console.Out.WriteLine(asJson ? ReportText.Json(report) : ReportText.Line(report));
            return report.State == RunOutcome.Cancelled ? ExitCode.Cancelled : ExitCode.SomeFailed;
        }

        DemoOutcome outcome = await new DemoRun(settings, files).FinishAsync(report, host.Engine.Estimator, cancellation);
        System.Console.Out.WriteLine(asJson ? DemoText.Json(outcome) : DemoText.Lines(outcome));
        return outcome.HasFailed ? ExitCode.SomeFailed : ExitCode.Done;
    }

    // A second run computes again, so that it shows what the program does today.
    private static VideoJob JobOf(Settings settings, DemoFiles files) =>
        VideoJobs.Of(new() { Source = new() { Path = ShippedFiles.DemoClip }, Output = new() { Overwrite = "replace" } }, files.TablesRoot, settings);
}
