namespace PoseBatch.Jobs;

/// <summary>How often a store likes to be spoken to: what a file on the own disk does not feel, a server of a thousand workers does.</summary>
/// <param name="Poll">Idle workers ask for work this often.</param>
/// <param name="Look">A worker looks this often whether its job was cancelled or taken; null: its beats tell it soon enough.</param>
/// <param name="Beat">A lease is renewed this often, or four times within its duration, whichever is more often.</param>
public sealed record StorePace(TimeSpan Poll, TimeSpan? Look, TimeSpan Beat)
{
    /// <summary>For a store that is a file: cancelling frees everything within two seconds.</summary>
    public static StorePace File { get; } = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2));

    /// <summary>For a store that is a server: cancelling frees everything within six seconds.</summary>
    public static StorePace Server { get; } = new(TimeSpan.FromSeconds(2), null, TimeSpan.FromSeconds(5));
}
