namespace PoseBatch.Worker.Service.Jobs;

/// <summary>A job that is refused: which field, and why.</summary>
internal sealed class JobRefusedException(string field, string problem) : Exception($"{field}: {problem}")
{
    /// <summary>Path of the field in the job's JSON, for example <c>source.path</c>.</summary>
    public string Field { get; } = field;
}
