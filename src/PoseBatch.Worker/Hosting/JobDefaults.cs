using System.Reflection;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Hosting;

/// <summary>What the settings say where a job says nothing: every setting with a <see cref="DefaultOfAttribute"/>.</summary>
internal static class JobDefaults
{
    private static readonly (PropertyInfo Section, PropertyInfo Key, JobField Field)[] Rows =
    [
        .. from section in typeof(Settings).GetProperties()
           from key in section.PropertyType.GetProperties()
           let of = key.GetCustomAttribute<DefaultOfAttribute>()
           where of is not null
           select (section, key, of.Field),
    ];

    /// <summary>A job that leaves open only what no setting knows.</summary>
    public static JobSpec Of(Settings settings) => Rows.Aggregate(JobFields.Defaults, (job, row) =>
        DefaultOfAttribute.ValueOf(row.Key.GetValue(row.Section.GetValue(settings))) is { } value ? row.Field.Set(job, value) : job);
}
