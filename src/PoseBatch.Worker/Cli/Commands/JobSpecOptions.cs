using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>The fields of a job as options; what is not given is left to the job file or the service.</summary>
internal sealed class JobSpecOptions
{
    private readonly IReadOnlyList<JobField> _fields = [.. Fields()];

    /// <summary>The fields of a job (docs: job.schema.json, with dots) that have an option.</summary>
    public IEnumerable<string> FieldNames => _fields.Select(entry => entry.Name);

    public void AddTo(Command command)
    {
        foreach (JobField field in _fields)
        {
            command.Options.Add(field.Option);
        }
    }

    /// <summary>The job with what the command line says on top.</summary>
    public JobSpec Over(JobSpec spec, ParseResult parsed) => _fields.Aggregate(spec, (job, field) => field.Over(job, parsed));

    private static IEnumerable<JobField> Fields() =>
    [
        Text("model.name", new("--model", "-m") { Description = "Name of a model package of the service.", HelpName = "MODEL" },
            (spec, name) => spec with { Model = spec.Model with { Name = name } }),
        Text("model.detector", new("--detector") { Description = "Name of the package that finds people for a top-down model.", HelpName = "MODEL" },
            (spec, name) => spec with { Model = spec.Model with { Detector = name } }),
        Text("model.sha256", new("--model-sha256") { Description = "SHA-256 of the model's file: any other is refused.", HelpName = "HEX" },
            (spec, hash) => spec with { Model = spec.Model with { Sha256 = hash } }),
        Choice("inference.provider", new("--provider") { Description = "auto, cpu, cuda or tensorrt.", HelpName = "PROVIDER" }, ["auto", "cpu", "cuda", "tensorrt"],
            (spec, provider) => spec with { Inference = spec.Inference with { Provider = provider } }),
        Number("inference.batch", new("--batch") { Description = "Frames per model call, 1 to 256; 0 chooses.", HelpName = "N" }, 0, 256,
            (spec, frames) => spec with { Inference = spec.Inference with { Batch = frames } }),
        Number("inference.min_person_score", new("--min-person-score") { Description = "Drop poses below it, 0 to 1.", HelpName = "S" }, 0.0, 1,
            (spec, score) => spec with { Inference = spec.Inference with { MinPersonScore = score } }),
        Number("inference.min_keypoint_confidence", new("--min-keypoint-confidence") { Description = "Joints below it lose their position, 0 to 1.", HelpName = "S" }, 0.0, 1,
            (spec, confidence) => spec with { Inference = spec.Inference with { MinKeypointConfidence = confidence } }),
        Number("inference.max_persons", new("--max-persons") { Description = "People per frame at most, best first, 1 to 1000.", HelpName = "N" }, 1, 1000,
            (spec, people) => spec with { Inference = spec.Inference with { MaxPersons = people } }),
        Switch("inference.crop_region", new("--crop-region") { Description = "on or off: look in each frame around the person of the frame before (single-person MoveNet only).", HelpName = "on|off" },
            (spec, isOn) => spec with { Inference = spec.Inference with { CropRegion = isOn } }),
        Time("frames.start", new("--start") { Description = "First time to infer: seconds or [HH:]MM:SS[.fff] since the first frame.", HelpName = "TIME" },
            (spec, seconds) => spec with { Frames = spec.Frames with { StartSeconds = seconds } }),
        Time("frames.end", new("--end") { Description = "Time to stop before.", HelpName = "TIME" },
            (spec, seconds) => spec with { Frames = spec.Frames with { EndSeconds = seconds } }),
        Number("frames.stride", new("--stride") { Description = "Infer every N-th frame of the range.", HelpName = "N" }, 1, 1_000_000,
            (spec, stride) => spec with { Frames = spec.Frames with { Stride = stride } }),
        Number("frames.max_frames", new("--max-frames") { Description = "Infer at most N frames.", HelpName = "N" }, 1, int.MaxValue,
            (spec, frames) => spec with { Frames = spec.Frames with { MaxFrames = frames } }),
        Number("source.stream", new("--stream") { Description = "Index of the video stream among all streams.", HelpName = "N" }, 0, 1000,
            (spec, stream) => spec with { Source = spec.Source with { Stream = stream } }),
        Switch("tracking.enabled", new("--tracking") { Description = "on or off: give people an identity over time.", HelpName = "on|off" },
            (spec, isOn) => spec with { Tracking = spec.Tracking with { Enabled = isOn } }),
        Number("tracking.max_gap_s", new("--max-gap") { Description = "Who is unseen for S seconds counts as gone, 0.01 to 3600.", HelpName = "S" }, 0.01, 3600,
            (spec, seconds) => spec with { Tracking = spec.Tracking with { MaxGapSeconds = seconds } }),
        Choice("smoothing.method", new("--smoothing") { Description = "none or one-euro: smooth positions over time.", HelpName = "METHOD" }, ["none", "one-euro"],
            (spec, method) => spec with { Smoothing = method }),
        Choice("on_corrupt", new("--on-corrupt") { Description = "mark damaged frames and go on, or fail at the first one.", HelpName = "RULE" }, ["mark", "fail"],
            (spec, rule) => spec with { OnCorrupt = rule }),
        Text("output.path", new("--out", "-o") { Description = "Folder for the result, relative to the service's output root.", HelpName = "DIR" },
            (spec, path) => spec with { Output = spec.Output with { Path = path } }),
        Of("output.overwrite", new Option<bool>("--overwrite") { Description = "Compute again and replace a result that exists." },
            (spec, isAsked) => spec with { Output = spec.Output with { Overwrite = isAsked ? "replace" : spec.Output.Overwrite } }),
        Of("output.exports", new Option<string[]>("--export") { Description = "A format to write beside the tables; may be given several times.", HelpName = "FORMAT" },
            (spec, formats) => spec with { Output = spec.Output with { Exports = [.. spec.Output.Exports.Concat(formats).Distinct(StringComparer.Ordinal)] } }),
        Number("priority", new("--priority") { Description = "0 to 9, higher first. Default 5.", HelpName = "N" }, 0, 9, (spec, priority) => spec with { Priority = priority }),
        Text("group", new("--group") { Description = "A name that jobs share.", HelpName = "NAME" }, (spec, group) => spec with { Group = group }),
        Labels(),
        Text("idempotency_key", new("--key") { Description = "Idempotency key: a second job with the same one is the first.", HelpName = "TEXT" },
            (spec, key) => spec with { IdempotencyKey = key }),
        Of("requires.gpu", new Option<bool>("--gpu") { Description = "Only a worker with a GPU may take it." }, (spec, isAsked) => spec with { RequiresGpu = isAsked ? true : spec.RequiresGpu }),
        Number("limits.max_attempts", new("--max-attempts") { Description = "Attempts before it is set aside, 1 to 100.", HelpName = "N" }, 1, 100,
            (spec, attempts) => spec with { Limits = spec.Limits with { MaxAttempts = attempts } }),
        Number("limits.max_runtime_s", new("--max-runtime") { Description = "Seconds it may run in all, 1 to 31536000.", HelpName = "S" }, 1.0, 31_536_000,
            (spec, seconds) => spec with { Limits = spec.Limits with { MaxRuntimeSeconds = seconds } }),
        Number("limits.stall_timeout_s", new("--stall-timeout") { Description = "Seconds without a frame until it counts as stalled, 1 to 86400.", HelpName = "S" }, 1.0, 86_400,
            (spec, seconds) => spec with { Limits = spec.Limits with { StallTimeoutSeconds = seconds } }),
        Deadline(),
    ];

    private static JobField Of<T>(string field, Option<T> option, Func<JobSpec, T, JobSpec> set) =>
        new(field, option, (spec, parsed) => parsed.GetResult(option) is { Implicit: false } ? set(spec, parsed.GetValue(option)!) : spec);

    private static JobField Text(string field, Option<string> option, Func<JobSpec, string, JobSpec> set)
    {
        CommonOptions.NeverBlank(option);
        return Of(field, option, set);
    }

    private static JobField Choice(string field, Option<string> option, string[] words, Func<JobSpec, string, JobSpec> set)
    {
        option.AcceptOnlyFromAmong(words);
        return Of(field, option, set);
    }

    private static JobField Switch(string field, Option<string> option, Func<JobSpec, bool, JobSpec> set) =>
        Choice(field, option, ["on", "off"], (spec, word) => set(spec, word == "on"));

    private static JobField Number(string field, Option<int?> option, int least, int most, Func<JobSpec, int, JobSpec> set)
    {
        CommonOptions.Within(option, least, most);
        return Of(field, option, (spec, number) => set(spec, number!.Value));
    }

    private static JobField Number(string field, Option<double?> option, double least, double most, Func<JobSpec, double, JobSpec> set)
    {
        CommonOptions.Within(option, least, most);
        return Of(field, option, (spec, number) => set(spec, number!.Value));
    }

    private static JobField Time(string field, Option<string> option, Func<JobSpec, double?, JobSpec> set)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && TimeText.Parse(result.Tokens[0].Value) is null)
            {
                result.AddError($"{option.Name}: '{result.Tokens[0].Value}' is not a time. Write seconds (12.5) or [HH:]MM:SS[.fff].");
            }
        });
        return Of(field, option, (spec, time) => set(spec, TimeText.Parse(time)));
    }

    private static JobField Labels()
    {
        Option<string[]> option = new("--label") { Description = "NAME=VALUE, to find it again; may be given several times.", HelpName = "NAME=VALUE" };
        option.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.Select(token => token.Value).Where(value => value.IndexOf('=', StringComparison.Ordinal) <= 0))
            {
                result.AddError($"--label: '{value}' is not NAME=VALUE.");
            }
        });
        return Of("labels", option, (spec, given) =>
        {
            Dictionary<string, string> labels = new(spec.Labels, StringComparer.Ordinal);
            foreach (string label in given)
            {
                int equals = label.IndexOf('=', StringComparison.Ordinal);
                labels[label[..equals]] = label[(equals + 1)..];
            }

            return spec with { Labels = labels };
        });
    }

    private static JobField Deadline()
    {
        Option<DateTimeOffset?> option = new("--deadline")
        {
            Description = "Not to be begun after that time, like 2027-01-31T18:00:00Z.",
            HelpName = "TIME",
            CustomParser = result => DateTimeOffset.TryParseExact(
                result.Tokens[0].Value, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
                && (result.Tokens[0].Value.EndsWith('Z') || result.Tokens[0].Value[^6] is '+' or '-') ? time : WrongDeadline(result),
        };
        return Of("deadline", option, (spec, time) => spec with { Deadline = time });
    }

    private static DateTimeOffset? WrongDeadline(ArgumentResult result)
    {
        result.AddError($"--deadline: '{result.Tokens[0].Value}' is not a time with its offset. Write it like 2027-01-31T18:00:00Z.");
        return null;
    }

    /// <summary>A field of a job, the option that sets it, and how.</summary>
    private sealed record JobField(string Name, Option Option, Func<JobSpec, ParseResult, JobSpec> Over);
}
