using System.CommandLine;
using System.Globalization;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>From a field of a job to its option, and from what was given for it to a value of the field.</summary>
internal static class FieldOption
{
    /// <summary>The option: it takes what the field's kind may hold and refuses the rest by name.</summary>
    public static Option Of(JobField field, JobSpec? defaults)
    {
        Option option = field.SwitchedOn is not null ? new Option<bool>(field.Option!) : field.Kind switch
        {
            WholeKind kind => Whole(field.Option!, kind),
            NumberKind kind => Number(field.Option!, kind),
            ChoiceKind kind => new Option<string>(field.Option!).AcceptOnlyFromAmong([.. kind.Words]),
            FlagKind => new Option<string>(field.Option!).AcceptOnlyFromAmong("on", "off"),
            TimeKind => Time(field.Option!),
            InstantKind => Instant(field.Option!),
            LabelsKind => Labels(field.Option!),
            NamesKind => new Option<string[]>(field.Option!),
            _ => NeverBlank(new Option<string>(field.Option!)),
        };
        if (field.ShortOption is not null)
        {
            option.Aliases.Add(field.ShortOption);
        }

        option.Description = field.Sentence + Default(field, defaults);
        option.HelpName = field.SwitchedOn is null ? field.ValueName ?? field.Kind.ValueName : null;
        return option;
    }

    /// <summary>What was given, as a value of the field; null when nothing was.</summary>
    public static object? Value(JobField field, Option option, ParseResult parsed, JobSpec job)
    {
        if (parsed.GetResult(option) is not { Implicit: false })
        {
            return null;
        }

        return option switch
        {
            Option<bool> flag => parsed.GetValue(flag) ? field.SwitchedOn : null,
            Option<long?> number => parsed.GetValue(number),
            Option<double?> number => parsed.GetValue(number),
            Option<DateTimeOffset?> time => parsed.GetValue(time),
            Option<string[]> names when field.Kind is NamesKind => job.Output.Exports.Concat(parsed.GetValue(names)!).Distinct(StringComparer.Ordinal).ToList(),
            Option<string[]> labels => Labelled(job.Labels, parsed.GetValue(labels)!),
            Option<string> text when field.Kind is FlagKind => parsed.GetValue(text) == "on",
            Option<string> text when field.Kind is TimeKind => TimeText.Parse(parsed.GetValue(text)!),
            Option<string> text => parsed.GetValue(text),
            _ => throw new InvalidOperationException($"{field.Name} has an option of an unknown type."),
        };
    }

    private static string Default(JobField field, JobSpec? defaults) => defaults is null || field.SwitchedOn is not null ? string.Empty : field.Get(defaults) switch
    {
        true => " Default: on.",
        false => " Default: off.",
        IFormattable number => string.Create(CultureInfo.InvariantCulture, $" Default: {number}."),
        string text => $" Default: {text}.",
        _ => string.Empty,
    };

    private static Option<long?> Whole(string name, WholeKind kind)
    {
        Option<long?> option = new(name);
        CommonOptions.Within(option, kind);
        return option;
    }

    private static Option<double?> Number(string name, NumberKind kind)
    {
        Option<double?> option = new(name);
        CommonOptions.Within(option, kind);
        return option;
    }

    private static Option<string> Time(string name)
    {
        Option<string> option = new(name);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && TimeText.Parse(result.Tokens[0].Value) is null)
            {
                result.AddError($"{name}: '{result.Tokens[0].Value}' is not a time. Write seconds (12.5) or [HH:]MM:SS[.fff].");
            }
        });
        return option;
    }

    private static Option<DateTimeOffset?> Instant(string name) => new(name)
    {
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (InstantKind.Parse(text) is { } time)
            {
                return time;
            }

            result.AddError($"{name}: '{text}' is not a time with its offset. Write it like 2027-01-31T18:00:00Z.");
            return null;
        },
    };

    private static Option<string[]> Labels(string name)
    {
        Option<string[]> option = new(name);
        option.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.Select(token => token.Value).Where(value => value.IndexOf('=', StringComparison.Ordinal) <= 0))
            {
                result.AddError($"{name}: '{value}' is not NAME=VALUE.");
            }
        });
        return option;
    }

    private static Dictionary<string, string> Labelled(IReadOnlyDictionary<string, string> labels, string[] given)
    {
        Dictionary<string, string> all = new(labels, StringComparer.Ordinal);
        foreach (string label in given)
        {
            int equals = label.IndexOf('=', StringComparison.Ordinal);
            all[label[..equals]] = label[(equals + 1)..];
        }

        return all;
    }

    private static Option<string> NeverBlank(Option<string> option)
    {
        CommonOptions.NeverBlank(option);
        return option;
    }
}
