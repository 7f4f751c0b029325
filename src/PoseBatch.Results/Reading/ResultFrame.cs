using System.Diagnostics.CodeAnalysis;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Results.Reading;

/// <summary>One source frame of a result: its row of the ledger, whatever became of it.</summary>
internal record LedgerFrame
{
    /// <summary>Index of the source frame, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Presentation stamp in ticks of the stream's time base; null when the stream has none for this frame.</summary>
    public long? Pts { get; init; }

    /// <summary>Seconds since the first frame of the video.</summary>
    public required double Seconds { get; init; }

    /// <summary>How long it is shown, in seconds; null when unknown.</summary>
    public float? DurationSeconds { get; init; }

    /// <summary><c>ok</c>, <c>corrupt</c>, <c>skipped</c> or <c>undecodable</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Display size of this frame in pixels; null when unknown, as for undecodable frames.</summary>
    public PixelSize? Size { get; init; }

    /// <summary>Whether the model saw it.</summary>
    public bool IsInferred => Status is "ok" or "corrupt";

    /// <summary>Whether it gave a picture: a skipped frame did, though nothing looked at it.</summary>
    public bool HasPicture => Status is not "undecodable";
}

/// <summary>One source frame of a result, and the people found in it.</summary>
internal sealed record ResultFrame : LedgerFrame
{
    /// <param name="row">Its row of the ledger.</param>
    /// <param name="people">Best first.</param>
    [SetsRequiredMembers]
    public ResultFrame(LedgerFrame row, IReadOnlyList<ResultPerson> people)
        : base(row)
    {
        People = people;
    }

    /// <summary>Best first. Only of an inferred frame does nobody mean that nobody was found.</summary>
    public IReadOnlyList<ResultPerson> People { get; }
}

/// <summary>One person in one frame.</summary>
/// <param name="Slot">Place within the frame, by falling score; no identity.</param>
/// <param name="TrackId">Identity within the video; null when tracking is off or none was assigned.</param>
/// <param name="Score">Score of the whole pose.</param>
/// <param name="Box">In pixels; <see cref="BoundingBox.None"/> when the model gives none.</param>
/// <param name="Joints">In the skeleton's order. One without a position keeps its confidence as score.</param>
internal sealed record ResultPerson(int Slot, int? TrackId, float Score, BoundingBox Box, IReadOnlyList<Keypoint> Joints);
