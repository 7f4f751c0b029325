using PoseBatch.Geometry;

namespace PoseBatch.Poses;

/// <summary>One person from its first frame to its last: a row of the tracks table.</summary>
public readonly record struct TrackSummary
{
    /// <summary>From 0 in each video, in the order of appearance.</summary>
    public required int Id { get; init; }

    /// <summary>Index of the first source frame with this person.</summary>
    public required long FirstFrame { get; init; }

    /// <summary>Index of the last source frame with this person.</summary>
    public required long LastFrame { get; init; }

    /// <summary>Time of <see cref="FirstFrame"/>, seconds since the first frame of the video.</summary>
    public required double StartSeconds { get; init; }

    /// <summary>Time of <see cref="LastFrame"/>, seconds.</summary>
    public required double EndSeconds { get; init; }

    /// <summary>Frames in which the person was found, at least 1.</summary>
    public required int FrameCount { get; init; }

    /// <summary>Mean of the pose scores over those frames.</summary>
    public required double MeanScore { get; init; }

    /// <summary>Mean confidence of all joints with a position; NaN when no joint ever had one.</summary>
    public required double MeanConfidence { get; init; }

    /// <summary>The box around all positions of all joints, frame pixels; <see cref="BoundingBox.None"/> when there were none.</summary>
    public required BoundingBox Extent { get; init; }
}
