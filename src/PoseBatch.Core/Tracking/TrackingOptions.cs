namespace PoseBatch.Tracking;

/// <summary>How people are followed over the frames of a video.</summary>
public sealed record TrackingOptions
{
    /// <summary>Seconds, more than 0, after which somebody unseen counts as gone: who comes then gets a new id. Default 1.</summary>
    public double MaxGapSeconds { get; init; } = 1;

    /// <summary>What makes two poses one person. Default Keypoints.</summary>
    public TrackSimilarity Similarity { get; init; } = TrackSimilarity.Keypoints;
}

/// <summary>How positions are smoothed over time.</summary>
public enum SmoothingMethod
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By a one-euro filter per coordinate: slow movements strongly, fast ones hardly.</summary>
    OneEuro,
}
