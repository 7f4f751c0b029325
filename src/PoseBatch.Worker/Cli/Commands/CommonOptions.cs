using System.CommandLine;
using System.Globalization;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Jobs;
using PoseBatch.Worker.Catalogue;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>Options that several verbs share, and how they override the configuration.</summary>
internal sealed class CommonOptions
{
    public Option<string?> Config { get; } = new("--config") { Description = "Configuration file, read after appsettings.json.", HelpName = "FILE" };

    /// <summary>The fields of a job that these options set.</summary>
    public static readonly string[] Fields = ["model.name", "model.detector", "inference.provider", "inference.batch"];

    private readonly JobFieldOptions _fields = new(Fields.Select(JobFields.Of), JobFields.Defaults);

    public Option Model => _fields["model.name"];

    public Option Detector => _fields["model.detector"];

    public Option Provider => _fields["inference.provider"];

    public Option<int?> Workers { get; } = new("--workers") { Description = "Inference workers, 1 to 64; 0 chooses. Never changes results.", HelpName = "N" };

    public Option<int?> DecodeThreads { get; } = new("--decode-threads") { Description = "Decoder threads, 1 to 64; 0 chooses. Never changes results.", HelpName = "N" };

    public CommonOptions()
    {
        NeverBlank(Config);
        Within(Workers, 0, 64);
        Within(DecodeThreads, 0, FfmpegOptions.MostDecodeThreads);
    }

    public void AddTo(Command command)
    {
        _fields.AddTo(command);
        foreach (Option option in new Option[] { Workers, DecodeThreads, Config })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Configuration with the command line on top, words for models opened where the verb runs one; starts the log as it says.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="say">Told why which network was chosen where that was left open, a sentence; null for nobody.</param>
    /// <exception cref="SettingsException">The configuration is wrong.</exception>
    /// <exception cref="PoseBatchException">model_missing: a network of the catalogue was asked for that is not installed.</exception>
    public Settings Load(ParseResult parsed, Action<string>? say = null)
    {
        (Settings settings, IConfiguration configuration) = SettingsLoader.Load(parsed.GetValue(Config));
        Logging.Start(configuration, null);
        return parsed.CommandResult.Command.Options.Contains(Model) ? Opened(Over(settings, parsed), parsed, say) : Over(settings, parsed);
    }

    /// <summary>The same for the service, which opens words for models anew for every job.</summary>
    /// <inheritdoc cref="Load"/>
    public Settings LoadService(ParseResult parsed)
    {
        (Settings settings, IConfiguration configuration) = SettingsLoader.Load(parsed.GetValue(Config));
        Logging.Start(configuration, settings.Service);
        settings = Over(settings, parsed);
        _ = Opened(settings, parsed, null);   // what is asked for and missing is said before it starts
        return settings;
    }

    private Settings Opened(Settings settings, ParseResult parsed, Action<string>? say)
    {
        NamedModels words = new(settings);
        if (IsGiven(Model, parsed))
        {
            words.EnsureInstalled(settings.Models.Default);
        }

        ModelChoice choice = words.Choose(null, IsGiven(Detector, parsed) ? settings.Models.Detector : null);
        if (choice.Reason is { } reason)
        {
            say?.Invoke(reason);
        }

        return choice.Over(settings);
    }

    private static bool IsGiven(Option option, ParseResult parsed) => parsed.GetResult(option) is { Implicit: false };

    private Settings Over(Settings settings, ParseResult parsed)
    {
        JobSpec job = _fields.Over(JobDefaults.Of(settings), parsed);
        return settings with
        {
            Decode = settings.Decode with { Threads = parsed.GetValue(DecodeThreads) ?? settings.Decode.Threads },
            Models = settings.Models with { Default = job.Model.Name!, Detector = job.Model.Detector },
            Inference = settings.Inference with
            {
                Provider = job.Inference.Provider!,
                BatchSize = job.Inference.Batch!.Value,
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

    public static void Within(Option<int?> option, int least, int most) => Within(option, new WholeKind(least, most));

    public static void Within(Option<double?> option, double least, double most) => Within(option, new NumberKind(least, most));

    /// <summary>Refuses whole numbers beyond the range; what is no number at all is refused by its parser.</summary>
    public static void Within(Option option, WholeKind kind) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && long.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out long value) && (value < kind.Least || value > kind.Most))
        {
            result.AddError($"{option.Name} must be {kind.Range}, not {value}.");
        }
    });

    /// <summary>Refuses numbers beyond the range, and those with thousands: 0,5 would be read as 5, and 0,1 as 1.</summary>
    public static void Within(Option option, NumberKind kind) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1
            && !(double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && value >= kind.Least && value <= kind.Most && !(kind.IsMore && value == kind.Least)))
        {
            result.AddError($"{option.Name} must be {kind.Range}, written like 0.5, not '{result.Tokens[0].Value}'.");
        }
    });
}
