namespace PoseBatch.Jobs;

/// <summary>
/// One thing that can be set for a job, for every door: JSON, command line, defaults of the service, the result's key. The
/// table is <see cref="JobFields"/>. Values are boxed: <see cref="string"/>, <see cref="long"/>, <see cref="double"/>,
/// <see cref="bool"/>, or what its kind says.
/// </summary>
public sealed record JobField
{
    /// <summary>Its name in <c>jobs/job.schema.json</c>, with a dot behind its section: <c>inference.max_persons</c>.</summary>
    public required string Name
    {
        get;
        init
        {
            field = value;
            int dot = value.IndexOf('.', StringComparison.Ordinal);
            (Section, ShortName) = (value[..Math.Max(0, dot)], value[(dot + 1)..]);
        }
    }

    /// <summary>What it may hold.</summary>
    public required FieldKind Kind { get; init; }

    /// <summary>What it does, one or two sentences.</summary>
    public required string Help { get; init; }

    /// <summary>The value a job has; null when it is left to the service.</summary>
    public required Func<JobSpec, object?> Get { get; init; }

    /// <summary>The job with another value.</summary>
    public required Func<JobSpec, object, JobSpec> Set { get; init; }

    /// <summary>Its option of the command line; null for none.</summary>
    public string? Option { get; init; }

    /// <summary>A short name of its option; null for none.</summary>
    public string? ShortOption { get; init; }

    /// <summary>The value that the option without an argument stands for; null when it takes an argument.</summary>
    public object? SwitchedOn { get; init; }

    /// <summary>What stands for a value in the help; null for that of its kind.</summary>
    public string? ValueName { get; init; }

    /// <summary>What a job has when neither it nor the service's settings say anything; null for nothing.</summary>
    public object? Default { get; init; }

    /// <summary>Its name in the key of a result; null when it never changes the tables.</summary>
    public string? ResultKey { get; init; }

    /// <summary>Whether it means something only for a job in a queue.</summary>
    public bool IsOfQueue { get; init; }

    /// <summary>Whether a job without it is none.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The object it stands in; empty for the job itself.</summary>
    public string Section { get; private init; } = string.Empty;

    /// <summary>Its name within its section.</summary>
    public string ShortName { get; private init; } = string.Empty;

    /// <summary>Help, and the range where neither the help nor what stands for a value says it.</summary>
    public string Sentence => SwitchedOn is not null || Kind is ChoiceKind or FlagKind || Kind.Range.Length == 0 ? Help : $"{Help.TrimEnd('.')} ({Kind.Range}).";
}
