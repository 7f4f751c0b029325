namespace PoseBatch.Tracking;

/// <summary>What makes a pose and a track the same person.</summary>
public enum TrackSimilarity
{
    /// <summary>Nearness of the joints (OKS with doubled sigmas), at least 0.2; boxes where fewer than four joints can be compared.</summary>
    Keypoints,

    /// <summary>Intersection over union of the boxes, at least 0.15.</summary>
    BoundingBox,
}
