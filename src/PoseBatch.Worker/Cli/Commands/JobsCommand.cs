using System.CommandLine;
using System.Text.Json;
using PoseBatch.Jobs;
using PoseBatch.Worker.Cli.Client;
using PoseBatch.Worker.Formatting;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary><c>posebatch jobs list|show|cancel|retry|watch</c>: the jobs of the local store or of a service.</summary>
internal static class JobsCommand
{
    public static Command Create() => new("jobs", "List, show, cancel, retry and watch jobs.") { List(), Show(), Cancel(), Retry(), Watch() };

    private static Command List()
    {
        ClientOptions client = new();
        Option<string[]> status = new("--status") { Description = "Only jobs that stand there; may be given several times.", HelpName = "STATUS", AllowMultipleArgumentsPerToken = true };
        Option<string?> group = new("--group") { Description = "Only jobs of that group.", HelpName = "NAME" };
        Option<int?> limit = new("--limit") { Description = "At most N, 1 to 1000. Default 50.", HelpName = "N" };
        Option<string?> before = new("--before") { Description = "Only jobs submitted before that one: the next page.", HelpName = "JOB" };
        Option<bool> json = new("--json") { Description = "One JSON object: jobs, and how many stand where." };
        status.AcceptOnlyFromAmong([.. Enum.GetValues<JobStatus>().Select(one => one.WireName())]);
        CommonOptions.Within(limit, 1, 1000);
        CommonOptions.NeverBlank(group);
        CommonOptions.NeverBlank(before);
        Command command = new("list", "List jobs, newest first.") { status, group, limit, before, json };
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using IJobAccess jobs = client.Open(parsed, client.Load(parsed));
            string? page = parsed.GetValue(before);
            if (page is not null)
            {
                page = (await FindAsync(jobs, page, cancellation))?.Id;
                if (page is null)
                {
                    return ExitCode.Usage;
                }
            }

            JobQuery query = new()
            {
                Statuses = [.. (parsed.GetValue(status) ?? []).Select(name => JobStatuses.Parse(name)!.Value)],
                Group = parsed.GetValue(group),
                Before = page,
                Most = parsed.GetValue(limit) ?? 50,
            };
            (IReadOnlyList<JobRecord> found, IReadOnlyDictionary<JobStatus, long> counts) = await jobs.ListAsync(query, cancellation);
            if (parsed.GetValue(json))
            {
                System.Console.Out.WriteLine(JsonLine.Of(writer => WriteList(writer, found, counts)));
                return ExitCode.Done;
            }

            WriteTable(System.Console.Out, found, counts, counts.GetValueOrDefault(JobStatus.Queued) > 0 ? await jobs.WaitsAsync(cancellation) : null);
            if (found.Count == query.Most)
            {
                System.Console.Out.WriteLine($"More: posebatch jobs list --before {found[^1].Id}");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteTable(TextWriter output, IReadOnlyList<JobRecord> jobs, IReadOnlyDictionary<JobStatus, long> counts, string? waits)
    {
        if (jobs.Count > 0)
        {
            output.WriteLine(JobLines.Head);
        }

        foreach (JobRecord job in jobs)
        {
            output.WriteLine(JobLines.Row(job));
        }

        output.WriteLine(JobLines.Counts(counts));
        if (waits is not null)
        {
            output.WriteLine(waits);
        }
    }

    private static void WriteList(Utf8JsonWriter writer, IReadOnlyList<JobRecord> jobs, IReadOnlyDictionary<JobStatus, long> counts)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("jobs");
        foreach (JobRecord job in jobs)
        {
            JobRecordJson.Write(writer, job);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("counts");
        foreach (JobStatus status in Enum.GetValues<JobStatus>())
        {
            writer.WriteNumber(status.WireName(), counts.GetValueOrDefault(status));
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static Command Show()
    {
        ClientOptions client = new();
        Argument<string> id = new("JOB") { Description = "Its id, or its beginning or end." };
        Option<bool> json = new("--json") { Description = "One JSON object: job and events." };
        CommonOptions.NeverBlank(id);
        Command command = new("show", "Everything about one job, and its history.") { id, json };
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using IJobAccess jobs = client.Open(parsed, client.Load(parsed));
            if (await FindAsync(jobs, parsed.GetValue(id)!, cancellation) is not { } job)
            {
                return ExitCode.Usage;
            }

            IReadOnlyList<JobEvent> history = await jobs.EventsAsync(job.Id, 0, cancellation);
            string? waits = job.Status == JobStatus.Queued ? await jobs.WaitsAsync(cancellation) : null;
            System.Console.Out.WriteLine(parsed.GetValue(json)
                ? JsonLine.Of(writer =>
                {
                    writer.WriteStartObject();
                    writer.WritePropertyName("job");
                    JobRecordJson.Write(writer, job);
                    writer.WriteStartArray("events");
                    foreach (JobEvent entry in history)
                    {
                        JobRecordJson.Write(writer, entry);
                    }

                    writer.WriteEndArray();
                    writer.WriteString("waits", waits);
                    writer.WriteEndObject();
                })
                : JobLines.Whole(job, history, waits));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Cancel() => Change(
        "cancel",
        "Cancel jobs: waiting ones at once, running ones through their worker.",
        (jobs, id, cancellation) => jobs.CancelAsync(id, cancellation),
        job => job.Status is JobStatus.Cancelled or JobStatus.Cancelling,
        "over already: there is nothing to cancel");

    private static Command Retry() => Change(
        "retry",
        "Queue dead or cancelled jobs again, with fresh attempts.",
        (jobs, id, cancellation) => jobs.RetryAsync(id, cancellation),
        job => job.Status == JobStatus.Queued,
        "neither dead nor cancelled: there is nothing to try again. To compute a result anew, submit the job with output.overwrite replace");

    private static Command Change(
        string verb, string description, Func<IJobAccess, string, CancellationToken, Task<JobRecord?>> change, Func<JobRecord, bool> isAsAsked, string otherwise)
    {
        ClientOptions client = new();
        Argument<string[]> ids = new("JOB") { Description = "Ids, or their beginnings or ends.", Arity = ArgumentArity.OneOrMore };
        Option<bool> json = new("--json") { Description = "One JSON object per job." };
        CommonOptions.NeverBlank(ids);
        Command command = new(verb, description) { ids, json };
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using IJobAccess jobs = client.Open(parsed, client.Load(parsed));
            int code = ExitCode.Done;
            foreach (string named in parsed.GetValue(ids)!)
            {
                if (await NamedAsync(jobs, named, cancellation) is not { } id)
                {
                    code = ExitCode.SomeFailed;
                    continue;
                }

                if (await change(jobs, id, cancellation) is not { } job)
                {
                    code = ExitCode.SomeFailed;
                    await System.Console.Error.WriteLineAsync($"There is no job {named}.");
                    continue;
                }

                if (!isAsAsked(job))
                {
                    code = ExitCode.SomeFailed;
                    await System.Console.Error.WriteLineAsync($"{id} is {job.Status.WireName()}, {otherwise}.");
                }

                if (parsed.GetValue(json) || isAsAsked(job))
                {
                    System.Console.Out.WriteLine(parsed.GetValue(json) ? JobRecordJson.Write(job) : $"{id} {job.Status.WireName()}");
                }
            }

            return code;
        });
        return command;
    }

    private static Command Watch()
    {
        ClientOptions client = new();
        Argument<string[]> ids = new("JOB") { Description = "Ids, or their beginnings or ends.", Arity = ArgumentArity.OneOrMore };
        Option<bool> json = new("--json") { Description = "One JSON object per event, and the job when it is over." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Only the end of each job." };
        CommonOptions.NeverBlank(ids);
        Command command = new("watch", "Follow jobs until they are over.") { ids, json, quiet };
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            Settings settings = client.Load(parsed);
            await using IJobAccess jobs = client.Open(parsed, settings);
            List<string> watched = [];
            foreach (string named in parsed.GetValue(ids)!)
            {
                if (await NamedAsync(jobs, named, cancellation) is not { } one)
                {
                    return ExitCode.Usage;
                }

                watched.Add(one);
            }

            return await new JobWatch(jobs, parsed.GetValue(json), parsed.GetValue(quiet), TimeProvider.System).RunAsync(watched, cancellation);
        });
        return command;
    }

    /// <summary>The job that is meant; null when there is none, which has been said.</summary>
    private static async Task<JobRecord?> FindAsync(IJobAccess jobs, string text, CancellationToken cancellation)
    {
        if (await NamedAsync(jobs, text, cancellation) is not { } id)
        {
            return null;
        }

        JobRecord? job = await jobs.FindAsync(id, cancellation);
        if (job is null)
        {
            await System.Console.Error.WriteLineAsync($"There is no job {text}.");
        }

        return job;
    }

    /// <summary>The id that is meant; null when there is none, which has been said.</summary>
    private static async Task<string?> NamedAsync(IJobAccess jobs, string text, CancellationToken cancellation)
    {
        try
        {
            return await JobNames.ResolveAsync(jobs, text, cancellation);
        }
        catch (JobNameException wrong)
        {
            await System.Console.Error.WriteLineAsync(wrong.Message);
            return null;
        }
    }
}
