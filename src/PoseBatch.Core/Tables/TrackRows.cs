using PoseBatch.Poses;

namespace PoseBatch.Tables;

/// <summary>Turns ended tracks into rows of the tracks table. The caller empties the block when it is full enough. Not thread-safe.</summary>
public sealed class TrackRows
{
    private readonly bool _isRounded;
    private readonly TextColumnBuffer _video;
    private readonly ColumnBuffer<int> _trackId;
    private readonly ColumnBuffer<int> _firstFrame;
    private readonly ColumnBuffer<int> _lastFrame;
    private readonly ColumnBuffer<double> _startTime;
    private readonly ColumnBuffer<double> _endTime;
    private readonly ColumnBuffer<int> _frameCount;
    private readonly ColumnBuffer<float> _meanScore;
    private readonly ColumnBuffer<float> _meanConfidence;
    private readonly ColumnBuffer<float> _xMin;
    private readonly ColumnBuffer<float> _yMin;
    private readonly ColumnBuffer<float> _xMax;
    private readonly ColumnBuffer<float> _yMax;

    /// <param name="sourceId">Text of the <c>video</c> column.</param>
    /// <param name="isRounded">Rounds the box as positions are rounded, so that it stays the box around them.</param>
    public TrackRows(string sourceId, bool isRounded)
    {
        _isRounded = isRounded;
        _video = Tracks.TextColumn("video");
        _trackId = Tracks.Column<int>("track_id");
        _firstFrame = Tracks.Column<int>("first_frame");
        _lastFrame = Tracks.Column<int>("last_frame");
        _startTime = Tracks.Column<double>("start_time");
        _endTime = Tracks.Column<double>("end_time");
        _frameCount = Tracks.Column<int>("n_frames");
        _meanScore = Tracks.Column<float>("mean_score");
        _meanConfidence = Tracks.Column<float>("mean_confidence");
        _xMin = Tracks.Column<float>("x_min");
        _yMin = Tracks.Column<float>("y_min");
        _xMax = Tracks.Column<float>("x_max");
        _yMax = Tracks.Column<float>("y_max");
        _video.CodeOf(sourceId);
    }

    /// <summary>Rows of <see cref="TableSchemas.Tracks"/>.</summary>
    public TableBlock Tracks { get; } = new(TableSchemas.Tracks);

    /// <summary>Adds a track.</summary>
    public void Add(in TrackSummary track)
    {
        _video.Append(0);
        _trackId.Append(track.Id);
        _firstFrame.Append(checked((int)track.FirstFrame));
        _lastFrame.Append(checked((int)track.LastFrame));
        _startTime.Append(track.StartSeconds);
        _endTime.Append(track.EndSeconds);
        _frameCount.Append(track.FrameCount);
        _meanScore.Append((float)track.MeanScore);
        _meanConfidence.Append(double.IsNaN(track.MeanConfidence) ? null : (float)track.MeanConfidence);
        _xMin.Append(Side(track.Extent.XMin));
        _yMin.Append(Side(track.Extent.YMin));
        _xMax.Append(Side(track.Extent.XMax));
        _yMax.Append(Side(track.Extent.YMax));
    }

    private float? Side(float value) => float.IsNaN(value) ? null : _isRounded ? Rounding.Coordinate(value) : value;
}
