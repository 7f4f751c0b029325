using System.CommandLine;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>Fields of a job as options; what is not given stays as it was.</summary>
/// <param name="fields">Which fields; those without an option are passed over.</param>
/// <param name="defaults">What holds where neither the option nor a job says anything, for the help; null when that is not known here.</param>
internal sealed class JobFieldOptions(IEnumerable<JobField> fields, JobSpec? defaults = null)
{
    private readonly IReadOnlyList<(JobField Field, Option Option)> _options =
        [.. fields.Where(field => field.Option is not null).Select(field => (field, FieldOption.Of(field, defaults)))];

    /// <summary>The option of a field.</summary>
    public Option this[string name] => _options.First(row => row.Field.Name == name).Option;

    public void AddTo(Command command)
    {
        foreach ((_, Option option) in _options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The job with what the command line says on top.</summary>
    public JobSpec Over(JobSpec spec, ParseResult parsed) => _options.Aggregate(spec, (job, row) =>
        FieldOption.Value(row.Field, row.Option, parsed, job) is { } value ? row.Field.Set(job, value) : job);
}
