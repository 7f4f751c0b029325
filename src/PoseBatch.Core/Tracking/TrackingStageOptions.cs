namespace PoseBatch.Tracking;

/// <summary>How the frames of a video depend on each other.</summary>
public sealed record TrackingStageOptions
{
    /// <summary>How people get an identity over time; null for not at all.</summary>
    public TrackingOptions? Tracking { get; init; }

    /// <summary>How positions are smoothed; anything but None needs <see cref="Tracking"/>.</summary>
    public SmoothingMethod Smoothing { get; init; }

    /// <summary>People per frame at most.</summary>
    public int MaxPersons { get; init; } = 20;
}
