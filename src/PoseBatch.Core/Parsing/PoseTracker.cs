using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Parsing;

/// <summary>What makes a pose and a track the same person.</summary>
internal enum TrackSimilarity
{
    /// <summary>Intersection over union of the boxes, at least 0.15.</summary>
    BoundingBox,

    /// <summary>Nearness of the joints (OKS with doubled sigmas), at least 0.2.</summary>
    Keypoints,
}

/// <summary>How people are followed from frame to frame (spec section 9.3).</summary>
internal sealed record PoseTrackerOptions
{
    /// <summary>What is compared. Default Keypoints.</summary>
    public TrackSimilarity Similarity { get; init; } = TrackSimilarity.Keypoints;

    /// <summary>Tracks kept. Default 18.</summary>
    public int MaxTracks { get; init; } = 18;

    /// <summary>Milliseconds after which an unseen track is forgotten. Default 1000.</summary>
    public double MaxAgeMilliseconds { get; init; } = 1000;
}

/// <summary>
/// Gives people the same number in every frame of a video (spec section 9.3). COCO-17 joints. One instance follows one video,
/// in order.
/// </summary>
internal sealed class PoseTracker(PoseTrackerOptions options)
{
    private const int JointCount = 17;
    private const double MinBoxOverlap = 0.15;
    private const double MinKeypointSimilarity = 0.2;
    private const float MinKeypointScore = 0.3f;
    private const int MinKeypoints = 4;

    /// <summary>COCO's spread of each joint (spec section 2).</summary>
    private static readonly double[] Sigmas =
        [.026, .025, .025, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089, .089];

    private readonly List<Track> _tracks = [];
    private int _nextId = 1;
    private long _frame;

    /// <summary>Numbers the people of the next frame.</summary>
    /// <param name="poses">Frame pixels.</param>
    /// <param name="frame">Size of the frame; coordinates are compared as fractions of it.</param>
    /// <param name="milliseconds">Time of the frame.</param>
    /// <param name="ids">Receives one number per person, from 1 on.</param>
    public void Assign(FramePoses poses, PixelSize frame, double milliseconds, Span<int> ids)
    {
        for (int i = _tracks.Count - 1; i >= 0; i--)
        {
            if (milliseconds - _tracks[i].Milliseconds > options.MaxAgeMilliseconds)
            {
                _tracks.RemoveAt(i);
            }
        }

        int known = _tracks.Count;
        _frame++;
        for (int person = 0; person < poses.Count; person++)
        {
            Track? track = FindBest(poses, person, frame, known);
            if (track is null)
            {
                track = new Track(_nextId++);
                _tracks.Add(track);
            }

            track.Update(poses, person, frame, milliseconds, _frame);
            ids[person] = track.Id;
        }

        SortNewestFirst();
        if (_tracks.Count > options.MaxTracks)
        {
            _tracks.RemoveRange(options.MaxTracks, _tracks.Count - options.MaxTracks);
        }
    }

    // By insertion: stable, in place, and the list is short and nearly sorted.
    private void SortNewestFirst()
    {
        for (int i = 1; i < _tracks.Count; i++)
        {
            Track track = _tracks[i];
            int place = i;
            for (; place > 0 && _tracks[place - 1].Milliseconds < track.Milliseconds; place--)
            {
                _tracks[place] = _tracks[place - 1];
            }

            _tracks[place] = track;
        }
    }

    private Track? FindBest(FramePoses poses, int person, PixelSize frame, int known)
    {
        Track? best = null;
        double greatest = options.Similarity == TrackSimilarity.BoundingBox ? MinBoxOverlap : MinKeypointSimilarity;
        for (int i = 0; i < known; i++)
        {
            Track track = _tracks[i];
            if (track.Frame == _frame)
            {
                continue; // Taken by an earlier person of this frame.
            }

            double similarity = options.Similarity == TrackSimilarity.BoundingBox
                ? NonMaximumSuppression.Overlap(poses.Box(person), track.Box, edge: 0)
                : Nearness(poses.Keypoints(person), track, frame);
            if (best is null ? similarity >= greatest : similarity > greatest)
            {
                (best, greatest) = (track, similarity);
            }
        }

        return best;
    }

    private static double Nearness(ReadOnlySpan<Keypoint> keypoints, Track track, PixelSize frame)
    {
        double sum = 0;
        int count = 0;
        for (int joint = 0; joint < JointCount; joint++)
        {
            if (keypoints[joint].Score >= MinKeypointScore && track.Scores[joint] >= MinKeypointScore)
            {
                double dx = ((double)keypoints[joint].X / frame.Width) - track.X[joint];
                double dy = ((double)keypoints[joint].Y / frame.Height) - track.Y[joint];
                double spread = 2 * Sigmas[joint];
                sum += Math.Exp(-((dx * dx) + (dy * dy)) / (2 * track.Area * spread * spread));
                count++;
            }
        }

        return count < MinKeypoints ? 0 : sum / count;
    }

    private sealed class Track(int id)
    {
        public int Id { get; } = id;

        public double Milliseconds { get; private set; } = double.NaN;

        public long Frame { get; private set; }

        public BoundingBox Box { get; private set; }

        public double[] X { get; } = new double[JointCount];

        public double[] Y { get; } = new double[JointCount];

        public float[] Scores { get; } = new float[JointCount];

        public double Area { get; private set; }

        public void Update(FramePoses poses, int person, PixelSize frame, double milliseconds, long number)
        {
            Milliseconds = milliseconds;
            Frame = number;
            Box = poses.Box(person);
            double left = 1, top = 1, right = 0, bottom = 0;
            for (int joint = 0; joint < JointCount; joint++)
            {
                Keypoint keypoint = poses.Keypoints(person)[joint];
                X[joint] = (double)keypoint.X / frame.Width;
                Y[joint] = (double)keypoint.Y / frame.Height;
                Scores[joint] = keypoint.Score;
                if (keypoint.Score > MinKeypointScore)
                {
                    left = Math.Min(left, X[joint]);
                    right = Math.Max(right, X[joint]);
                    top = Math.Min(top, Y[joint]);
                    bottom = Math.Max(bottom, Y[joint]);
                }
            }

            Area = ((right - left) * (bottom - top)) + 1e-6;
        }
    }
}
