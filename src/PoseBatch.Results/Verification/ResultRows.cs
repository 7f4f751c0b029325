using PoseBatch.Tables;

namespace PoseBatch.Results.Verification;

/// <summary>Rows of all tables of one result, on their way to files.</summary>
internal sealed class ResultRows
{
    public ResultRows(ResultRequest request)
    {
        Frames = new(request.SourceId, request.Model.Skeleton, request.Tables.Rounded, request.HasRawPositions);
        Tracks = request.HasTracks ? new(request.SourceId, request.Tables.Rounded) : null;
        Blocks = Tracks is null
            ? [Frames.Keypoints, Frames.Persons, Frames.Frames]
            : [Frames.Keypoints, Frames.Persons, Frames.Frames, Tracks.Tracks];
    }

    /// <summary>Of frames, people and joints.</summary>
    public FrameRows Frames { get; }

    /// <summary>Of tracks; null for a result without.</summary>
    public TrackRows? Tracks { get; }

    /// <summary>Keypoints, persons, frames and, with tracking, tracks.</summary>
    public IReadOnlyList<TableBlock> Blocks { get; }

    /// <summary>Whether any table has rows.</summary>
    public bool HasRows => Blocks.Any(block => block.RowCount > 0);

    /// <summary>Forgets all rows; keeps the memory.</summary>
    public void Clear()
    {
        foreach (TableBlock block in Blocks)
        {
            block.Clear();
        }
    }
}
