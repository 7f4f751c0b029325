using PoseBatch.Geometry;
using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Results.Verification;

/// <summary>
/// Gathers anew from the people what each row of the tracks table claims. Rows come in the order of their last frames, so a
/// row is due when the walk through the frames has passed its last one, and its track can be forgotten then.
/// </summary>
internal sealed class TrackVerifier
{
    // Sums of many scores end in a float; the order of adding is the writer's own, so only that last rounding differs.
    private const double MeanTolerance = 1e-5;

    private static readonly string File = TableSchemas.Tracks.FileName;
    private static readonly string PersonsFile = TableSchemas.Persons.FileName;

    private readonly ProblemList _problems;
    private readonly Dictionary<int, Seen> _open = [];
    private readonly TableCursor _rows;
    private readonly ColumnBuffer<int> _id;
    private readonly ColumnBuffer<int> _firstFrame;
    private readonly ColumnBuffer<int> _lastFrame;
    private readonly ColumnBuffer<double> _startTime;
    private readonly ColumnBuffer<double> _endTime;
    private readonly ColumnBuffer<int> _frameCount;
    private readonly ColumnBuffer<float> _meanScore;
    private readonly ColumnBuffer<float>[] _sides;
    private (int LastFrame, int Id) _previous = (-1, -1);
    private int _nextId;

    public TrackVerifier(ParquetFileReader tracks, ProblemList problems)
    {
        _problems = problems;
        _rows = new(tracks);
        _id = _rows.Block.Column<int>("track_id");
        _firstFrame = _rows.Block.Column<int>("first_frame");
        _lastFrame = _rows.Block.Column<int>("last_frame");
        _startTime = _rows.Block.Column<double>("start_time");
        _endTime = _rows.Block.Column<double>("end_time");
        _frameCount = _rows.Block.Column<int>("n_frames");
        _meanScore = _rows.Block.Column<float>("mean_score");
        _sides =
        [
            _rows.Block.Column<float>("x_min"), _rows.Block.Column<float>("y_min"),
            _rows.Block.Column<float>("x_max"), _rows.Block.Column<float>("y_max"),
        ];
    }

    /// <summary>Rows seen so far.</summary>
    public long RowCount => _rows.TableRow;

    /// <summary>Takes note of a person.</summary>
    public void Add(int frame, double time, int slot, int trackId, float score)
    {
        if (!_open.TryGetValue(trackId, out Seen? seen))
        {
            if (trackId != _nextId)
            {
                _problems.Add("track_ids", PersonsFile,
                    $"Person {slot} of frame {frame} begins track {trackId} where track {_nextId} was due, or comes after the end of its track.");
            }

            _nextId = Math.Max(_nextId, trackId + 1);
            seen = new() { FirstFrame = frame, StartTime = time, LastFrame = -1 };
            _open.Add(trackId, seen);
        }

        if (seen.LastFrame == frame)
        {
            _problems.Add("track_ids", PersonsFile, $"Frame {frame} has two people of track {trackId}.");
        }

        (seen.LastFrame, seen.EndTime) = (frame, time);
        seen.Count++;
        seen.ScoreSum += score;
    }

    /// <summary>Takes note of the joints of the person last added to a track.</summary>
    public void AddJoints(int trackId, ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<byte> validity)
    {
        Seen seen = _open[trackId];
        for (int joint = 0; joint < validity.Length; joint++)
        {
            if (validity[joint] != 0)
            {
                seen.Extent = seen.Extent.Including(x[joint], y[joint]);
            }
        }
    }

    /// <summary>Compares the rows of tracks that end with a frame, or should have ended before.</summary>
    public void EndFrame(int frame)
    {
        while (_rows.HasRow() && _lastFrame.Values[_rows.Row] <= frame)
        {
            Compare(_rows.Row);
            _rows.Advance(1);
        }
    }

    /// <summary>After the last frame: every track must have had its row.</summary>
    public void EndTable()
    {
        EndFrame(int.MaxValue);
        foreach ((int id, Seen seen) in _open.OrderBy(pair => pair.Key))
        {
            _problems.Add("track_rows", File, $"Track {id}, last seen in frame {seen.LastFrame}, has no row.");
        }
    }

    private void Compare(int row)
    {
        int id = _id.Values[row];
        (int, int) place = (_lastFrame.Values[row], id);
        if (place.CompareTo(_previous) <= 0)
        {
            _problems.Add("unsorted_rows", File, $"Row {_rows.TableRow} (last frame {place.Item1}, track {id}) does not stand behind frame {_previous.LastFrame}, track {_previous.Id}.");
        }

        _previous = place;
        if (!_open.Remove(id, out Seen? seen))
        {
            _problems.Add("track_rows", File, $"Row {_rows.TableRow} is of track {id}, to which nobody belongs.");
            return;
        }

        Check("first_frame", _firstFrame.Values[row], seen.FirstFrame);
        Check("last_frame", _lastFrame.Values[row], seen.LastFrame);
        Check("start_time", _startTime.Values[row], seen.StartTime);
        Check("end_time", _endTime.Values[row], seen.EndTime);
        Check("n_frames", _frameCount.Values[row], seen.Count);
        Check("x_min", Side(0, row), seen.Extent.XMin);
        Check("y_min", Side(1, row), seen.Extent.YMin);
        Check("x_max", Side(2, row), seen.Extent.XMax);
        Check("y_max", Side(3, row), seen.Extent.YMax);
        double mean = seen.ScoreSum / seen.Count;
        if (!(Math.Abs(_meanScore.Values[row] - mean) <= MeanTolerance * Math.Max(1, Math.Abs(mean))))
        {
            Complain("mean_score", _meanScore.Values[row], mean);
        }

        void Check<T>(string column, T found, T expected)
            where T : IEquatable<T>
        {
            if (!found.Equals(expected))
            {
                Complain(column, found, expected);
            }
        }

        void Complain(string column, object found, object expected) => _problems.Add("track_rows", File,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Track {id}: {column} is {found}, its people give {expected}."));
    }

    private float Side(int side, int row) => _sides[side].IsNull(row) ? float.NaN : _sides[side].Values[row];

    private sealed class Seen
    {
        public required int FirstFrame { get; init; }

        public required double StartTime { get; init; }

        public required int LastFrame { get; set; }

        public double EndTime { get; set; }

        public int Count { get; set; }

        public double ScoreSum { get; set; }

        public BoundingBox Extent { get; set; } = BoundingBox.None;
    }
}
