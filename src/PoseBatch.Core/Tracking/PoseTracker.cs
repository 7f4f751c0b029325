using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Tracking;

/// <summary>
/// Gives people the same number in every frame of a video (docs/spec, 9.3). One instance follows one video, in order, and
/// allocates only while more people are followed than ever before.
/// </summary>
/// <remarks>
/// Beyond the reference, which knows one skeleton and poses with all joints: the most similar pairs of person and track find
/// each other first, so that of two people who were hidden behind each other none takes the other's track; sigmas go by the joint's name, a joint without a
/// position is not compared, and where fewer than four joints can be compared the boxes decide; a model without boxes gets one
/// around the joints. A person without any position and without a box cannot be followed and gets no number.
/// </remarks>
/// <param name="options">What makes two poses one person, and for how long.</param>
/// <param name="skeleton">The joints.</param>
internal sealed class PoseTracker(PoseTrackerOptions options, Skeleton skeleton)
{
    private const double MinBoxOverlap = 0.15;
    private const double MinKeypointSimilarity = 0.2;
    private const float MinKeypointScore = 0.3f;
    private const int MinKeypoints = 4;

    private readonly double[] _sigmas = JointSpread.Of(skeleton);
    private readonly List<Track> _tracks = [];
    private readonly Stack<Track> _spare = [];
    private readonly List<Pair> _pairs = [];
    private readonly List<Track?> _matches = [];
    private int _nextId = options.FirstId;
    private long _frame;

    /// <summary>Tracks that would be recognised now.</summary>
    public int Count => _tracks.Count;

    /// <summary>Numbers the people of the next frame.</summary>
    /// <param name="poses">Frame pixels. Receives a track id per person, or <see cref="FramePoses.NoTrack"/>.</param>
    /// <param name="frame">Size of the frame; coordinates are compared as fractions of it.</param>
    /// <param name="milliseconds">Time of the frame.</param>
    /// <param name="ended">Receives the ids of tracks that are forgotten from now on; not cleared.</param>
    public void Assign(FramePoses poses, PixelSize frame, double milliseconds, List<int> ended)
    {
        for (int i = _tracks.Count - 1; i >= 0; i--)
        {
            if (milliseconds - _tracks[i].Milliseconds > options.MaxAgeMilliseconds)
            {
                Forget(i, ended);
            }
        }

        _frame++;
        Match(poses, frame);
        for (int person = 0; person < poses.Count; person++)
        {
            PersonBox box = BoxOf(poses, person);
            if (!box.Sides.IsKnown)
            {
                poses.SetTrackId(person, FramePoses.NoTrack);
                continue;
            }

            Track? track = _matches[person];
            if (track is null)
            {
                track = _spare.TryPop(out Track? spare) ? spare : new Track(skeleton.KeypointCount);
                track.Begin(_nextId++);
                _tracks.Add(track);
            }

            track.Update(poses.Keypoints(person), box, frame, milliseconds, _frame);
            poses.SetTrackId(person, track.Id);
        }

        SortNewestFirst();
        for (int i = _tracks.Count - 1; i >= options.MaxTracks; i--)
        {
            Forget(i, ended);
        }
    }

    /// <summary>Writes all that later frames depend on.</summary>
    public void Save(BinaryWriter state)
    {
        state.Write(_nextId);
        state.Write(_frame);
        state.Write(_tracks.Count);
        foreach (Track track in _tracks)
        {
            track.Save(state);
        }
    }

    /// <summary>Takes the place of the tracker that was saved.</summary>
    public void Restore(BinaryReader state)
    {
        _tracks.Clear();
        _nextId = state.ReadInt32();
        _frame = state.ReadInt64();
        for (int count = state.ReadInt32(); count > 0; count--)
        {
            Track track = new(skeleton.KeypointCount);
            track.Restore(state);
            _tracks.Add(track);
        }
    }

    private void Forget(int index, List<int> ended)
    {
        Track track = _tracks[index];
        ended.Add(track.Id);
        _tracks.RemoveAt(index);
        _spare.Push(track);
    }

    // By insertion: stable, in place, and the list is short and nearly sorted. Where stamps stand still the frame decides.
    private void SortNewestFirst()
    {
        for (int i = 1; i < _tracks.Count; i++)
        {
            Track track = _tracks[i];
            int place = i;
            for (; place > 0 && _tracks[place - 1].IsOlderThan(track); place--)
            {
                _tracks[place] = _tracks[place - 1];
            }

            _tracks[place] = track;
        }
    }

    /// <summary>Finds each person's track among those of the frames before; null for who is new.</summary>
    private void Match(FramePoses poses, PixelSize frame)
    {
        _pairs.Clear();
        _matches.Clear();
        for (int person = 0; person < poses.Count; person++)
        {
            _matches.Add(null);
            PersonBox box = BoxOf(poses, person);
            for (int track = 0; track < _tracks.Count && box.Sides.IsKnown; track++)
            {
                double? nearness = options.Similarity == TrackSimilarity.Keypoints ? Nearness(poses.Keypoints(person), _tracks[track], frame) : null;
                double similarity = nearness ?? Overlap(box, _tracks[track], frame);
                if (similarity >= (nearness is null ? MinBoxOverlap : MinKeypointSimilarity))
                {
                    _pairs.Add(new(similarity, person, track));
                }
            }
        }

        _pairs.Sort(options.MatchesInOrder ? Pair.ByPerson : Pair.BySimilarity);
        foreach (Pair pair in _pairs)
        {
            Track track = _tracks[pair.Track];
            if (_matches[pair.Person] is null && track.Frame != _frame)
            {
                track.Take(_frame);
                _matches[pair.Person] = track;
            }
        }
    }

    /// <summary>OKS with doubled sigmas; null where too few joints can be compared.</summary>
    private double? Nearness(ReadOnlySpan<Keypoint> keypoints, Track track, PixelSize frame)
    {
        double sum = 0;
        int count = 0;
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            Keypoint keypoint = keypoints[joint];
            if (keypoint.Score >= MinKeypointScore && track.Scores[joint] >= MinKeypointScore && keypoint.IsFinite && !double.IsNaN(track.X[joint]))
            {
                double dx = ((double)keypoint.X / frame.Width) - track.X[joint];
                double dy = ((double)keypoint.Y / frame.Height) - track.Y[joint];
                double spread = 2 * _sigmas[joint];
                sum += Math.Exp(-((dx * dx) + (dy * dy)) / (2 * track.Area * spread * spread));
                count++;
            }
        }

        return count < MinKeypoints ? null : sum / count;
    }

    private static double Overlap(PersonBox box, Track track, PixelSize frame) =>
        NonMaximumSuppression.Overlap(box.Around(track.Size, frame), track.Box.Around(track.Size, frame), edge: 0);

    /// <summary>The model's box, or one around all joints with a position, in frame pixels.</summary>
    private static PersonBox BoxOf(FramePoses poses, int person)
    {
        BoundingBox box = poses.Box(person);
        return float.IsFinite(box.XMin + box.YMin + box.XMax + box.YMax)
            ? new(box, IsOfJoints: false)
            : new(KeypointMath.Extent(poses.Keypoints(person)), IsOfJoints: true);
    }

    /// <summary>A person and a track that may be the same, both by their places.</summary>
    private readonly record struct Pair(double Similarity, int Person, int Track)
    {
        /// <summary>The most similar first; of equals the better person, then the track seen last.</summary>
        public static readonly Comparison<Pair> BySimilarity = static (one, other) =>
            (-one.Similarity, one.Person, one.Track).CompareTo((-other.Similarity, other.Person, other.Track));

        /// <summary>Everybody in turn, each with the most similar first.</summary>
        public static readonly Comparison<Pair> ByPerson = static (one, other) =>
            (one.Person, -one.Similarity, one.Track).CompareTo((other.Person, -other.Similarity, other.Track));
    }

    /// <summary>A box and where it comes from.</summary>
    private readonly record struct PersonBox(BoundingBox Sides, bool IsOfJoints)
    {
        public float Longer => Math.Max(Sides.Width, Sides.Height);

        /// <summary>
        /// The box to compare. Joints lie inside the body, and few of them tell little of its size (one alone has none), so a
        /// box of joints gets a margin after what is known of the person.
        /// </summary>
        /// <param name="size">The longer side of the largest box the track had, pixels.</param>
        /// <param name="frame">Size of the frame.</param>
        public BoundingBox Around(float size, PixelSize frame)
        {
            if (!IsOfJoints)
            {
                return Sides;
            }

            float margin = Math.Max(0.15f * Math.Max(size, Longer), 0.01f * Math.Max(frame.Width, frame.Height));
            return new(Sides.XMin - margin, Sides.YMin - margin, Sides.XMax + margin, Sides.YMax + margin);
        }
    }

    private sealed class Track(int jointCount)
    {
        public int Id { get; private set; }

        public double Milliseconds { get; private set; }

        public long Frame { get; private set; }

        public PersonBox Box { get; private set; }

        /// <summary>The longer side of the largest box so far, pixels.</summary>
        public float Size { get; private set; }

        /// <summary>Fractions of the frame; NaN for a joint without a position.</summary>
        public double[] X { get; } = new double[jointCount];

        public double[] Y { get; } = new double[jointCount];

        public float[] Scores { get; } = new float[jointCount];

        public double Area { get; private set; }

        public bool IsOlderThan(Track other) =>
            Milliseconds < other.Milliseconds || (Milliseconds == other.Milliseconds && Frame < other.Frame);

        /// <summary>Belongs to somebody in this frame from now on.</summary>
        public void Take(long number) => Frame = number;

        public void Begin(int id) => (Id, Size) = (id, 0);

        public void Update(ReadOnlySpan<Keypoint> keypoints, PersonBox box, PixelSize frame, double milliseconds, long number)
        {
            Milliseconds = milliseconds;
            Frame = number;
            Box = box;
            Size = Math.Max(Size, box.Longer);
            double left = 1, top = 1, right = 0, bottom = 0;
            for (int joint = 0; joint < keypoints.Length; joint++)
            {
                Keypoint keypoint = keypoints[joint];
                X[joint] = keypoint.IsFinite ? (double)keypoint.X / frame.Width : double.NaN;
                Y[joint] = keypoint.IsFinite ? (double)keypoint.Y / frame.Height : double.NaN;
                Scores[joint] = keypoint.Score;
                if (keypoint.Score > MinKeypointScore && keypoint.IsFinite)
                {
                    left = Math.Min(left, X[joint]);
                    right = Math.Max(right, X[joint]);
                    top = Math.Min(top, Y[joint]);
                    bottom = Math.Max(bottom, Y[joint]);
                }
            }

            Area = ((right - left) * (bottom - top)) + 1e-6;
        }

        public void Save(BinaryWriter state)
        {
            state.Write(Id);
            state.Write(Milliseconds);
            state.Write(Frame);
            state.WriteBox(Box.Sides);
            state.Write(Box.IsOfJoints);
            state.Write(Size);
            state.Write(Area);
            for (int joint = 0; joint < X.Length; joint++)
            {
                state.Write(X[joint]);
                state.Write(Y[joint]);
                state.Write(Scores[joint]);
            }
        }

        public void Restore(BinaryReader state)
        {
            Id = state.ReadInt32();
            Milliseconds = state.ReadDouble();
            Frame = state.ReadInt64();
            Box = new(state.ReadBox(), state.ReadBoolean());
            Size = state.ReadSingle();
            Area = state.ReadDouble();
            for (int joint = 0; joint < X.Length; joint++)
            {
                X[joint] = state.ReadDouble();
                Y[joint] = state.ReadDouble();
                Scores[joint] = state.ReadSingle();
            }
        }
    }
}
