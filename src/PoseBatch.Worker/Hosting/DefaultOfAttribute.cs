using System.ComponentModel.DataAnnotations;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Hosting;

/// <summary>A setting that says what a job has where it says nothing itself: its range is that of the job's field.</summary>
/// <param name="field">Name of the field in <see cref="JobFields"/>.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DefaultOfAttribute(string field) : ValidationAttribute
{
    /// <summary>The job's field.</summary>
    public JobField Field { get; } = JobFields.Of(field);

    /// <summary>The setting as a value of the job's field; null for none.</summary>
    public static object? ValueOf(object? setting) => setting switch
    {
        int number => (long)number,
        float number => (double)number,
        "" => null,
        _ => setting,
    };

    /// <inheritdoc/>
    public override bool IsValid(object? value) => (Field.Kind, ValueOf(value)) switch
    {
        (_, null) => true,
        (WholeKind kind, long number) => number >= kind.Least && number <= kind.Most,
        (NumberKind kind, double number) => number >= kind.Least && number <= kind.Most && !(kind.IsMore && number == kind.Least),
        (ChoiceKind kind, string word) => kind.Words.Contains(word),
        (TextKind, string) or (FlagKind, bool) => true,
        _ => false,
    };

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"must be {Field.Kind.Range}";
}
