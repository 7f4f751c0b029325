namespace PoseBatch.Jobs;

/// <summary>An object within a job, which holds the fields whose names begin with its own.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Help">What its fields have in common.</param>
/// <param name="IsAlwaysWritten">Whether it is written when it is empty.</param>
public sealed record JobSection(string Name, string Help, bool IsAlwaysWritten = true);
