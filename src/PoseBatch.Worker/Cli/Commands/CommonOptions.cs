using System.CommandLine;
using System.Globalization;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Worker.Catalogue;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>Options that several verbs share, and how they override the configuration.</summary>
internal sealed class CommonOptions
{
    public Option<string?> Config { get; } = new("--config") { Description = "Configuration file, read after appsettings.json.", HelpName = "FILE" };

    public Option<string?> Model { get; } = new("--model", "-m") { Description = "Model package: a folder, a .onnx file or a name. Default: the configured model.", HelpName = "MODEL" };

    public Option<string?> Detector { get; } = new("--detector") { Description = "Person detector for a top-down model: a folder, a .onnx file or a name. Default: the configured one (none).", HelpName = "MODEL" };

    public Option<string?> Provider { get; } = new("--provider") { Description = "auto, cpu, cuda or tensorrt. Anything but auto that cannot be had is an error.", HelpName = "PROVIDER" };

    public Option<int?> Batch { get; } = new("--batch") { Description = "Frames per model call, 1 to 256; 0 chooses. Never changes results.", HelpName = "N" };

    public Option<int?> Workers { get; } = new("--workers") { Description = "Inference workers, 1 to 64; 0 chooses. Never changes results.", HelpName = "N" };

    public Option<int?> DecodeThreads { get; } = new("--decode-threads") { Description = "Decoder threads, 1 to 64; 0 chooses. Never changes results.", HelpName = "N" };

    public CommonOptions()
    {
        Provider.AcceptOnlyFromAmong("auto", "cpu", "cuda", "tensorrt");
        NeverBlank(Model);
        NeverBlank(Detector);
        NeverBlank(Config);
        Within(Batch, 0, 256);
        Within(Workers, 0, 64);
        Within(DecodeThreads, 0, FfmpegOptions.MostDecodeThreads);
    }

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Model, Detector, Provider, Batch, Workers, DecodeThreads, Config })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Configuration with the command line on top; starts the log as it says.</summary>
    /// <exception cref="SettingsException">The configuration is wrong.</exception>
    public Settings Load(ParseResult parsed, bool isService = false)
    {
        (Settings settings, IConfiguration configuration) = SettingsLoader.Load(parsed.GetValue(Config));
        Logging.Start(configuration, isService ? settings.Service : null);
        return settings with
        {
            Decode = settings.Decode with { Threads = parsed.GetValue(DecodeThreads) ?? settings.Decode.Threads },
            Models = ModelSets.Opened(settings.Models with
            {
                Default = parsed.GetValue(Model) ?? settings.Models.Default,
                Detector = parsed.GetValue(Detector) ?? settings.Models.Detector,
            }),
            Inference = settings.Inference with
            {
                Provider = parsed.GetValue(Provider) ?? settings.Inference.Provider,
                BatchSize = parsed.GetValue(Batch) ?? settings.Inference.BatchSize,
                Workers = parsed.GetValue(Workers) ?? settings.Inference.Workers,
            },
        };
    }

    /// <summary>Refuses what an unset variable of a script leaves: no file, folder or model has an empty name.</summary>
    public static void NeverBlank(Argument argument) => argument.Validators.Add(result => RefuseBlank(result, argument.Name));

    /// <inheritdoc cref="NeverBlank(Argument)"/>
    public static void NeverBlank(Option option) => option.Validators.Add(result => RefuseBlank(result, option.Name));

    private static void RefuseBlank(System.CommandLine.Parsing.SymbolResult result, string name)
    {
        if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
        {
            result.AddError($"{name} must not be empty.");
        }
    }

    public static void Within(Option<int?> option, int least, int most) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1
            && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int value) && (value < least || value > most))
        {
            result.AddError($"{option.Name} must be {least} to {most}, not {value}.");
        }
    });

    public static void Within(Option<double?> option, double least, double most) => option.Validators.Add(result =>
    {
        // No thousands: 0,5 would be read as 5, and 0,1 as 1.
        if (result.Tokens.Count == 1
            && !(double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && value >= least && value <= most))
        {
            result.AddError(string.Create(
                CultureInfo.InvariantCulture,
                $"{option.Name} must be {least} to {most}, written like 0.5, not '{result.Tokens[0].Value}'."));
        }
    });
}

/// <summary>The options that choose frames.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<string?> _start = new("--start") { Description = "First time to infer: seconds or [HH:]MM:SS[.fff] since the first frame.", HelpName = "TIME" };
    private readonly Option<string?> _end = new("--end") { Description = "Time to stop before.", HelpName = "TIME" };
    private readonly Option<long?> _startFrame = new("--start-frame") { Description = "First frame index to infer, from 0.", HelpName = "N" };
    private readonly Option<long?> _endFrame = new("--end-frame") { Description = "Frame index to stop before.", HelpName = "N" };
    private readonly Option<int?> _stride = new("--stride") { Description = "Infer every N-th frame of the range.", HelpName = "N" };
    private readonly Option<long?> _maxFrames = new("--max-frames") { Description = "Infer at most N frames.", HelpName = "N" };

    public SelectionOptions()
    {
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

        CommonOptions.Within(_stride, 1, int.MaxValue);
        foreach ((Option<long?> option, long least) in new[] { (_startFrame, 0L), (_endFrame, 0L), (_maxFrames, 1L) })
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens.Count == 1
                    && long.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out long value) && value < least)
                {
                    result.AddError($"{option.Name} must be {least} or more, not {value}.");
                }
            });
        }
    }

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _start, _end, _startFrame, _endFrame, _stride, _maxFrames })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (Seconds(result.GetValue(_start)) is { } start && Seconds(result.GetValue(_end)) is { } end && end <= start)
            {
                result.AddError("--end must be later than --start.");
            }

            if (result.GetValue(_startFrame) is { } first && result.GetValue(_endFrame) is { } last && last <= first)
            {
                result.AddError("--end-frame must be greater than --start-frame.");
            }
        });
    }

    public FrameSelection Read(ParseResult parsed) => new()
    {
        StartSeconds = Seconds(parsed.GetValue(_start)),
        EndSeconds = Seconds(parsed.GetValue(_end)),
        FirstFrame = parsed.GetValue(_startFrame) ?? 0,
        EndFrame = parsed.GetValue(_endFrame),
        Stride = parsed.GetValue(_stride) ?? 1,
        MaxFrames = parsed.GetValue(_maxFrames),
    };

    private static double? Seconds(string? text) => text is null ? null : TimeText.Parse(text);
}
