using System.CommandLine;
using PoseBatch.Pipeline;
using PoseBatch.Tables;
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
        Option<int?> stream = new("--stream") { Description = "Index of the video stream among all streams. Default: the largest picture.", HelpName = "N" };
        Option<double?> minPerson = new("--min-person-score") { Description = "Drop poses below it, 0 to 1. Default: the model's.", HelpName = "S" };
        Option<double?> minKeypoint = new("--min-keypoint-confidence") { Description = "Joints below it lose their position, 0 to 1. Default: the model's.", HelpName = "S" };
        Option<int?> maxPersons = new("--max-persons") { Description = "People per frame at most, best first, 1 to 1000. Default: the configured number (20).", HelpName = "N" };
        Option<string?> profile = new("--profile") { Description = "Encoding of the tables: compact or compatible (older readers).", HelpName = "PROFILE" };
        Option<bool> rounded = new("--rounded") { Description = "Round x, y to 1/64 px and confidence to 0.001: smaller tables." };
        Option<bool> overwrite = new("--overwrite") { Description = "Compute again and replace results that exist." };
        Option<bool> recursive = new("--recursive", "-r") { Description = "Look below folders, too." };
        Option<bool> json = new("--json") { Description = "One JSON object per video on standard output, nothing else." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "No live progress." };
        CommonOptions common = new();
        SelectionOptions selection = new();
        SequenceOptions sequence = new();

        CommonOptions.NeverBlank(videos);
        CommonOptions.NeverBlank(output);
        profile.AcceptOnlyFromAmong("compact", "compatible");
        CommonOptions.Within(stream, 0, 1000);
        CommonOptions.Within(minPerson, 0, 1);
        CommonOptions.Within(minKeypoint, 0, 1);
        CommonOptions.Within(maxPersons, 1, 1000);

        Command command = new("process", "Turn videos into keypoint tables.") { videos, output };
        common.AddTo(command);
        selection.AddTo(command);
        sequence.AddTo(command);
        foreach (Option option in new Option[] { stream, minPerson, minKeypoint, maxPersons, profile, rounded, overwrite, recursive, json, quiet })
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            Settings settings = sequence.Over(common.Load(parsed), parsed);
            VideoInputs.Found inputs = VideoInputs.Expand(parsed.GetValue(videos)!, parsed.GetValue(recursive));
            foreach (string line in inputs.Missing.Concat(inputs.Notes))
            {
                await System.Console.Error.WriteLineAsync(line);
            }

            if (inputs.Missing.Count > 0 && inputs.Files.Count == 0)
            {
                return ExitCode.Usage;
            }

            TableOptions tables = new()
            {
                Profile = (parsed.GetValue(profile) ?? settings.Output.Profile) == "compact" ? TableProfile.Compact : TableProfile.Compatible,
                RowGroupRows = settings.Output.RowGroupRows,
                Rounded = parsed.GetValue(rounded) || settings.Output.Rounded,
            };
            VideoJob template = TrackingSetup.Apply(settings, new()
            {
                Path = string.Empty,
                OutputRoot = Path.GetFullPath(parsed.GetValue(output) ?? settings.Output.Root),
                StreamIndex = parsed.GetValue(stream),
                Selection = selection.Read(parsed),
                MinPersonScore = (float?)parsed.GetValue(minPerson) ?? settings.Poses.MinPersonScore,
                MinKeypointConfidence = (float?)parsed.GetValue(minKeypoint) ?? settings.Poses.MinKeypointConfidence,
                MaxPersons = parsed.GetValue(maxPersons) ?? settings.Poses.MaxPersons,
                SegmentSeconds = settings.Output.SegmentSeconds,
                Tables = tables,
                Overwrite = parsed.GetValue(overwrite) || settings.Output.Overwrite == "replace" ? OverwriteRule.Replace : OverwriteRule.Never,
            });
            bool asJson = parsed.GetValue(json);
            await using ModelHost host = ModelHost.Open(settings);
            host.SayWhatRuns(quiet: asJson || parsed.GetValue(quiet));
            int code = await ProcessAllAsync(host, template, inputs.Files, asJson, parsed.GetValue(quiet), cancellation);
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
        ModelHost host, VideoJob template, IReadOnlyList<string> files, bool json, bool quiet, CancellationToken cancellation)
    {
        VideoRun runner = host.Runner();
        bool failed = false;
        for (int i = 0; i < files.Count && !cancellation.IsCancellationRequested; i++)
        {
            VideoJob job = template with { Path = files[i] };
            string label = files.Count > 1 ? $"{i + 1}/{files.Count} {Path.GetFileName(job.Path)}" : Path.GetFileName(job.Path);
            JobReport report = await ProgressView.RunAsync(
                label, !json && !quiet, probed => runner.RunAsync(job, probed, cancellation));
            failed |= report.State == RunOutcome.Failed;
            Log.JobEnded(report);
            failed |= !await TrySayAsync(json ? ReportText.Json(report) : ReportText.Line(report));
        }

        return cancellation.IsCancellationRequested ? ExitCode.Cancelled : failed ? ExitCode.SomeFailed : ExitCode.Done;
    }
}
