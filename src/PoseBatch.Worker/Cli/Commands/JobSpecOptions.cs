using System.CommandLine;
using System.Globalization;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>The fields of a job as options; what is not given is left to the job file or the service.</summary>
internal sealed class JobSpecOptions
{
    private readonly Option<string?> _model = new("--model", "-m") { Description = "Name of a model package of the service.", HelpName = "MODEL" };
    private readonly Option<string?> _detector = new("--detector") { Description = "Name of the package that finds people for a top-down model.", HelpName = "MODEL" };
    private readonly Option<string?> _provider = new("--provider") { Description = "auto, cpu, cuda or tensorrt.", HelpName = "PROVIDER" };
    private readonly Option<int?> _batch = new("--batch") { Description = "Frames per model call, 1 to 256; 0 chooses.", HelpName = "N" };
    private readonly Option<string?> _output = new("--out", "-o") { Description = "Folder for the result, relative to the service's output root.", HelpName = "DIR" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Compute again and replace a result that exists." };
    private readonly Option<string?> _start = new("--start") { Description = "First time to infer: seconds or [HH:]MM:SS[.fff] since the first frame.", HelpName = "TIME" };
    private readonly Option<string?> _end = new("--end") { Description = "Time to stop before.", HelpName = "TIME" };
    private readonly Option<int?> _stride = new("--stride") { Description = "Infer every N-th frame of the range.", HelpName = "N" };
    private readonly Option<int?> _maxFrames = new("--max-frames") { Description = "Infer at most N frames.", HelpName = "N" };
    private readonly Option<int?> _stream = new("--stream") { Description = "Index of the video stream among all streams.", HelpName = "N" };
    private readonly Option<double?> _minPerson = new("--min-person-score") { Description = "Drop poses below it, 0 to 1.", HelpName = "S" };
    private readonly Option<double?> _minKeypoint = new("--min-keypoint-confidence") { Description = "Joints below it lose their position, 0 to 1.", HelpName = "S" };
    private readonly Option<string?> _tracking = new("--tracking") { Description = "on or off: give people an identity over time.", HelpName = "on|off" };
    private readonly Option<double?> _maxGap = new("--max-gap") { Description = "Who is unseen for S seconds counts as gone, 0.01 to 3600.", HelpName = "S" };
    private readonly Option<string?> _smoothing = new("--smoothing") { Description = "none or one-euro: smooth positions over time.", HelpName = "METHOD" };
    private readonly Option<string?> _cropRegion = new("--crop-region") { Description = "on or off: look in each frame around the person of the frame before (single-person MoveNet only).", HelpName = "on|off" };
    private readonly Option<int?> _priority = new("--priority") { Description = "0 to 9, higher first. Default 5.", HelpName = "N" };
    private readonly Option<string?> _group = new("--group") { Description = "A name that jobs share.", HelpName = "NAME" };
    private readonly Option<string[]> _label = new("--label") { Description = "NAME=VALUE, to find it again; may be given several times.", HelpName = "NAME=VALUE" };
    private readonly Option<string?> _key = new("--key") { Description = "Idempotency key: a second job with the same one is the first.", HelpName = "TEXT" };
    private readonly Option<bool> _gpu = new("--gpu") { Description = "Only a worker with a GPU may take it." };
    private readonly Option<int?> _attempts = new("--max-attempts") { Description = "Attempts before it is set aside, 1 to 100.", HelpName = "N" };
    private readonly Option<DateTimeOffset?> _deadline = new("--deadline")
    {
        Description = "Not to be begun after that time, like 2027-01-31T18:00:00Z.",
        HelpName = "TIME",
        CustomParser = result => DateTimeOffset.TryParseExact(
            result.Tokens[0].Value, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            && (result.Tokens[0].Value.EndsWith('Z') || result.Tokens[0].Value[^6] is '+' or '-') ? time : WrongDeadline(result),
    };

    public JobSpecOptions()
    {
        _provider.AcceptOnlyFromAmong("auto", "cpu", "cuda", "tensorrt");
        _tracking.AcceptOnlyFromAmong("on", "off");
        _smoothing.AcceptOnlyFromAmong("none", "one-euro");
        _cropRegion.AcceptOnlyFromAmong("on", "off");
        CommonOptions.Within(_maxGap, 0.01, 3600);
        foreach (Option<string?> text in new[] { _model, _detector, _output, _group, _key })
        {
            CommonOptions.NeverBlank(text);
        }

        CommonOptions.Within(_batch, 0, 256);
        CommonOptions.Within(_stride, 1, 1_000_000);
        CommonOptions.Within(_maxFrames, 1, int.MaxValue);
        CommonOptions.Within(_stream, 0, 1000);
        CommonOptions.Within(_minPerson, 0, 1);
        CommonOptions.Within(_minKeypoint, 0, 1);
        CommonOptions.Within(_priority, 0, 9);
        CommonOptions.Within(_attempts, 1, 100);
        foreach (Option<string?> time in new[] { _start, _end })
        {
            time.Validators.Add(result =>
            {
                if (result.Tokens.Count == 1 && TimeText.Parse(result.Tokens[0].Value) is null)
                {
                    result.AddError($"{time.Name}: '{result.Tokens[0].Value}' is not a time. Write seconds (12.5) or [HH:]MM:SS[.fff].");
                }
            });
        }

        _label.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.Select(token => token.Value).Where(value => value.IndexOf('=', StringComparison.Ordinal) <= 0))
            {
                result.AddError($"--label: '{value}' is not NAME=VALUE.");
            }
        });
    }

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            _model, _detector, _provider, _batch, _output, _overwrite, _start, _end, _stride, _maxFrames, _stream, _minPerson, _minKeypoint,
            _tracking, _maxGap, _smoothing, _cropRegion, _priority, _group, _label, _key, _gpu, _attempts, _deadline,
        })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The job with what the command line says on top.</summary>
    public JobSpec Over(JobSpec spec, ParseResult parsed) => spec with
    {
        IdempotencyKey = parsed.GetValue(_key) ?? spec.IdempotencyKey,
        Source = spec.Source with { Stream = parsed.GetValue(_stream) ?? spec.Source.Stream },
        Output = spec.Output with
        {
            Path = parsed.GetValue(_output) ?? spec.Output.Path,
            Overwrite = parsed.GetValue(_overwrite) ? "replace" : spec.Output.Overwrite,
        },
        Model = spec.Model with { Name = parsed.GetValue(_model) ?? spec.Model.Name, Detector = parsed.GetValue(_detector) ?? spec.Model.Detector },
        Inference = spec.Inference with
        {
            Provider = parsed.GetValue(_provider) ?? spec.Inference.Provider,
            Batch = parsed.GetValue(_batch) ?? spec.Inference.Batch,
            MinPersonScore = parsed.GetValue(_minPerson) ?? spec.Inference.MinPersonScore,
            MinKeypointConfidence = parsed.GetValue(_minKeypoint) ?? spec.Inference.MinKeypointConfidence,
            CropRegion = parsed.GetValue(_cropRegion) is { } region ? region == "on" : spec.Inference.CropRegion,
        },
        Frames = spec.Frames with
        {
            StartSeconds = Seconds(parsed.GetValue(_start)) ?? spec.Frames.StartSeconds,
            EndSeconds = Seconds(parsed.GetValue(_end)) ?? spec.Frames.EndSeconds,
            Stride = parsed.GetValue(_stride) ?? spec.Frames.Stride,
            MaxFrames = parsed.GetValue(_maxFrames) ?? spec.Frames.MaxFrames,
        },
        Tracking = spec.Tracking with
        {
            Enabled = parsed.GetValue(_tracking) is { } tracking ? tracking == "on" : spec.Tracking.Enabled,
            MaxGapSeconds = parsed.GetValue(_maxGap) ?? spec.Tracking.MaxGapSeconds,
        },
        Smoothing = parsed.GetValue(_smoothing) ?? spec.Smoothing,
        Priority = parsed.GetValue(_priority) ?? spec.Priority,
        Group = parsed.GetValue(_group) ?? spec.Group,
        Labels = Labels(spec, parsed.GetValue(_label) ?? []),
        RequiresGpu = parsed.GetValue(_gpu) ? true : spec.RequiresGpu,
        Limits = spec.Limits with { MaxAttempts = parsed.GetValue(_attempts) ?? spec.Limits.MaxAttempts },
        Deadline = parsed.GetValue(_deadline) ?? spec.Deadline,
    };

    private static Dictionary<string, string> Labels(JobSpec spec, string[] given)
    {
        Dictionary<string, string> labels = new(spec.Labels, StringComparer.Ordinal);
        foreach (string label in given)
        {
            int equals = label.IndexOf('=', StringComparison.Ordinal);
            labels[label[..equals]] = label[(equals + 1)..];
        }

        return labels;
    }

    private static double? Seconds(string? text) => text is null ? null : TimeText.Parse(text);

    private static DateTimeOffset? WrongDeadline(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"--deadline: '{result.Tokens[0].Value}' is not a time with its offset. Write it like 2027-01-31T18:00:00Z.");
        return null;
    }
}
