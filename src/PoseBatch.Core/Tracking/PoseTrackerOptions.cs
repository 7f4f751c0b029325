namespace PoseBatch.Tracking;

/// <summary>How people are followed from frame to frame (docs/spec, 9.3).</summary>
internal sealed record PoseTrackerOptions
{
    /// <summary>What is compared. Default Keypoints.</summary>
    public TrackSimilarity Similarity { get; init; } = TrackSimilarity.Keypoints;

    /// <summary>Tracks kept, the latest seen. Default 18.</summary>
    public int MaxTracks { get; init; } = 18;

    /// <summary>Milliseconds after which an unseen track is forgotten. Default 1000.</summary>
    public double MaxAgeMilliseconds { get; init; } = 1000;

    /// <summary>
    /// Whether people choose their tracks in turn, best score first, as in the reference. Default false: the most similar pairs
    /// find each other first.
    /// </summary>
    public bool MatchesInOrder { get; init; }

    /// <summary>Number of the first track. Default 0; the reference counts from 1.</summary>
    public int FirstId { get; init; }
}
