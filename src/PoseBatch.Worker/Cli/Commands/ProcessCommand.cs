using System.CommandLine;
using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Worker.Cli.Demo;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch process VIDEO...</c>: the main job from the command line.</summary>
internal static class ProcessCommand
{
    public static Command Create()
    {
        Argument<string[]> videos = new("VIDEO") { Description = "Video files, folders or globs.", Arity = ArgumentArity.OneOrMore };
        Option<string?> output = new("--out", "-o") { Description = "Folder for results, one folder per video. Default: the configured one (results).", HelpName = "DIR" };
        Option<bool> recursive = new("--recursive", "-r") { Description = "Look below folders, too." };
        Option<bool> json = new("--json") { Description = "One JSON object per video on standard output, nothing else." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "No live progress." };
        CommonOptions common = new();
        JobFieldOptions asked = new(JobFields.All.Where(field => !field.IsOfQueue && field.Name != "output.path" && !CommonOptions.Fields.Contains(field.Name)), JobFields.Defaults);

        CommonOptions.NeverBlank(videos);
        CommonOptions.NeverBlank(output);

        Command command = new("process", "Turn videos into keypoint tables.") { videos, output };
        common.AddTo(command);
        asked.AddTo(command);
        foreach (Option option in new Option[] { recursive, json, quiet })
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            bool asJson = parsed.GetValue(json), isQuiet = asJson || parsed.GetValue(quiet);
            Settings settings = common.Load(parsed, isQuiet ? null : System.Console.Error.WriteLine);
            JobSpec spec = asked.Over(JobDefaults.Of(settings), parsed);
            settings = settings with { Poses = settings.Poses with { CropRegion = spec.Inference.CropRegion!.Value } };
            VideoInputs.Found inputs = VideoInputs.Expand(parsed.GetValue(videos)!, parsed.GetValue(recursive));
            foreach (string line in inputs.Missing.Concat(inputs.Notes))
            {
                await System.Console.Error.WriteLineAsync(line);
            }

            if (inputs.Missing.Count > 0 && inputs.Files.Count == 0)
            {
                return ExitCode.Usage;
            }

            string outputRoot = Path.GetFullPath(parsed.GetValue(output) ?? settings.Output.Root);
            IReadOnlyList<VideoJob> jobs = [.. inputs.Files.Select(file => VideoJobs.Of(spec with { Source = spec.Source with { Path = file } }, outputRoot, settings))];
            await using ModelHost host = ModelHost.Open(settings);
            RunningModel.Say(host, isQuiet, Logging.Logger);
            int code = await ProcessAllAsync(host, jobs, asJson, parsed.GetValue(quiet), cancellation);
            return code == ExitCode.Done && inputs.Missing.Count > 0 ? ExitCode.SomeFailed : code;
        });
        return command;
    }

    /// <summary>A list of results that cannot be written (its disk is full, it was closed) must not cost the results themselves.</summary>
    private static async Task<bool> TrySayAsync(string line)
    {
        try
        {
            System.Console.Out.WriteLine(line);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            await System.Console.Error.WriteLineAsync($"Standard output cannot be written ({fault.Message.TrimEnd('.')}): {line}");
            return false;
        }
    }

    private static async Task<int> ProcessAllAsync(
        ModelHost host, IReadOnlyList<VideoJob> jobs, bool json, bool quiet, CancellationToken cancellation)
    {
        VideoRun runner = host.Runner(TimeProvider.System);
        bool failed = false;
        for (int i = 0; i < jobs.Count && !cancellation.IsCancellationRequested; i++)
        {
            VideoJob job = jobs[i];
            string label = jobs.Count > 1 ? $"{i + 1}/{jobs.Count} {Path.GetFileName(job.Path)}" : Path.GetFileName(job.Path);
            JobReport report = await ProgressView.RunAsync(
                label, !json && !quiet, probed => runner.RunAsync(job, probed, cancellation));
            failed |= report.State == RunOutcome.Failed;
            RunLog.Ended(Logging.Logger, report);
            failed |= !await TrySayAsync(json ? ReportText.Json(report) : ReportText.Line(report));
        }

        return cancellation.IsCancellationRequested ? ExitCode.Cancelled : failed ? ExitCode.SomeFailed : ExitCode.Done;
    }
}
