using System.CommandLine;
using PoseBatch.Jobs;
using PoseBatch.Worker.Cli.Client;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch submit VIDEO...</c>: hands jobs to the local store or to a service.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        Argument<string[]> videos = new("VIDEO") { Description = "Video files, folders or globs.", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> jobFile = new("--job") { Description = "A job file (jobs/README.md); options of the command line go over it. With VIDEO, its source is each of them.", HelpName = "FILE" };
        Option<bool> recursive = new("--recursive", "-r") { Description = "Look below folders, too." };
        Option<bool> wait = new("--wait", "-w") { Description = "Follow the jobs until they are over; exit code 1 unless all have their result." };
        Option<bool> json = new("--json") { Description = "One JSON object per job; with --wait also one per event." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "With --wait: only the end of each job." };
        ClientOptions client = new();
        JobFieldOptions asked = new(JobFields.All);
        CommonOptions.NeverBlank(videos);
        CommonOptions.NeverBlank(jobFile);
        Command command = new("submit", "Hand videos to the service's queue.") { videos, jobFile };
        asked.AddTo(command);
        foreach (Option option in new Option[] { recursive, wait, json, quiet })
        {
            command.Options.Add(option);
        }

        client.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(videos) is not { Tokens.Count: > 0 } && result.GetResult(jobFile) is null)
            {
                result.AddError("Name at least one VIDEO, or a job with --job FILE.");
            }
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            Settings settings = client.Load(parsed);
            JobSpec? template = parsed.GetValue(jobFile) is { } file ? await ReadAsync(file, cancellation) : new JobSpec { Source = new JobSource { Path = string.Empty } };
            if (template is null)
            {
                return ExitCode.Usage;
            }

            template = asked.Over(template, parsed);
            VideoInputs.Found inputs = VideoInputs.Expand(parsed.GetValue(videos) ?? [], parsed.GetValue(recursive));
            foreach (string line in inputs.Missing.Concat(inputs.Notes))
            {
                await System.Console.Error.WriteLineAsync(line);
            }

            bool named = parsed.GetValue(videos) is { Length: > 0 };
            List<JobSpec> specs = named ? await SpecsOfAsync(template, inputs.Files) : [template];
            if (specs.Count == 0)
            {
                return ExitCode.Usage;
            }

            await using IJobAccess jobs = client.Open(parsed, settings, mayBegin: true);
            foreach (JobSpec spec in specs.Where(spec => named && !client.IsRemote(parsed) && !Path.Exists(spec.Source.Path)))
            {
                await System.Console.Error.WriteLineAsync($"{spec.Source.Path} is not there now; unless it is when a worker takes the job, that ends with source_missing.");
            }

            (List<string> taken, int code) = await SubmitAllAsync(jobs, specs, parsed.GetValue(json), cancellation);
            code = code == ExitCode.Done && inputs.Missing.Count > 0 ? ExitCode.SomeFailed : code;
            if (!parsed.GetValue(wait) || taken.Count == 0)
            {
                return code;
            }

            int end = await new JobWatch(jobs, parsed.GetValue(json), parsed.GetValue(quiet), TimeProvider.System).RunAsync(taken, cancellation);
            return end == ExitCode.Done ? code : end;
        });
        return command;
    }

    /// <summary>A job for each video; none when they cannot be told apart, which has been said.</summary>
    private static async Task<List<JobSpec>> SpecsOfAsync(JobSpec template, IReadOnlyList<string> videos)
    {
        if (videos.Count > 1 && (template.IdempotencyKey ?? template.JobId ?? template.SourceId) is not null)
        {
            await System.Console.Error.WriteLineAsync("A key, a job_id or a source_id names one job, not several: leave it away, or submit one VIDEO.");
            return [];
        }

        return [.. videos.Select(video => template with { Source = template.Source with { Path = File.Exists(video) ? Path.GetFullPath(video) : video } })];
    }

    private static async Task<JobSpec?> ReadAsync(string file, CancellationToken cancellation)
    {
        IReadOnlyList<string> problems;
        JobSpec? spec = null;
        try
        {
            problems = new FileInfo(file).Length > JobJson.MaxBytes
                ? [$"has more than {JobJson.MaxBytes / 1024} KiB, so it is no job"]
                : JobJson.TryRead(await File.ReadAllTextAsync(file, cancellation), out spec);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            problems = [fault.Message];
        }

        foreach (string problem in problems)
        {
            await System.Console.Error.WriteLineAsync($"{Printable.Of(file)}: {Printable.Of(problem)}");
        }

        return spec;
    }

    private static async Task<(List<string> Taken, int Code)> SubmitAllAsync(IJobAccess jobs, List<JobSpec> specs, bool json, CancellationToken cancellation)
    {
        List<string> taken = [];
        int refused = 0;
        foreach (JobSpec spec in specs)
        {
            // What the command line and the file say together, as strictly as a job file is read.
            if (JobJson.TryRead(JobJson.Write(spec), out _) is { Count: > 0 } problems)
            {
                refused++;
                await System.Console.Error.WriteLineAsync($"{Printable.Of(spec.Source.Path)}: {Printable.Of(string.Join("; ", problems))}");
                continue;
            }

            try
            {
                JobSubmission submission = await jobs.SubmitAsync(spec, cancellation);
                taken.Add(submission.Job.Id);
                string known = submission.IsNew ? string.Empty : ", known already";
                System.Console.Out.WriteLine(json ? JobRecordJson.Write(submission.Job) : $"{submission.Job.Id} {submission.Job.Status.WireName()}{known}  {Printable.Of(submission.Job.Spec.Source.Path)}");
            }
            catch (JobRefusedException no)
            {
                refused++;
                await System.Console.Error.WriteLineAsync($"{Printable.Of(spec.Source.Path)}: {Printable.Of(no.Message)}");
            }
        }

        return (taken, refused == 0 ? ExitCode.Done : taken.Count == 0 ? ExitCode.Usage : ExitCode.SomeFailed);
    }
}
