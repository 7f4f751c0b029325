using PoseBatch.Geometry;

namespace PoseBatch.Poses;

/// <summary>
/// Every pose of one frame; empty is a valid answer. A reusable container: the parser fills it, the table reads it, and
/// nothing is allocated after construction unless a frame holds more people than any before it.
/// </summary>
public sealed class FramePoses
{
    private readonly int _keypointCount;
    private Keypoint[] _keypoints;
    private float[] _scores;
    private BoundingBox[] _boxes;
    private int[] _order;
    private int[] _trackIds;
    private Keypoint[] _raw = [];

    /// <summary>The track id of a person nobody follows.</summary>
    public const int NoTrack = -1;

    /// <param name="keypointCount">Joints per person, the K of the skeleton; at least 1.</param>
    /// <param name="capacity">People to make room for at once.</param>
    public FramePoses(int keypointCount, int capacity = 4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keypointCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _keypointCount = keypointCount;
        _keypoints = new Keypoint[keypointCount * capacity];
        _scores = new float[capacity];
        _boxes = new BoundingBox[capacity];
        _order = new int[capacity];
        _trackIds = new int[capacity];
    }

    /// <summary>Joints per person.</summary>
    public int KeypointCount => _keypointCount;

    /// <summary>People in this frame.</summary>
    public int Count { get; private set; }

    /// <summary>Whether <see cref="RawKeypoints"/> holds the positions before smoothing.</summary>
    public bool HasRaw { get; private set; }

    /// <summary>Forgets all people; keeps the memory.</summary>
    public void Clear()
    {
        Count = 0;
        HasRaw = false;
    }

    /// <summary>Adds a person and returns the place of its joints, all <see cref="Keypoint.NotFound"/>, to be filled by the caller.</summary>
    /// <param name="score">The pose score as its family defines it.</param>
    /// <param name="box">Box in frame pixels, or <see cref="BoundingBox.None"/>.</param>
    public Span<Keypoint> Add(float score, BoundingBox box)
    {
        if (Count == _scores.Length)
        {
            int capacity = Count * 2;
            Array.Resize(ref _keypoints, capacity * _keypointCount);
            Array.Resize(ref _scores, capacity);
            Array.Resize(ref _boxes, capacity);
            Array.Resize(ref _order, capacity);
            Array.Resize(ref _trackIds, capacity);
        }

        _scores[Count] = score;
        _boxes[Count] = box;
        _order[Count] = Count;
        _trackIds[Count] = NoTrack;
        Span<Keypoint> keypoints = _keypoints.AsSpan(Count * _keypointCount, _keypointCount);
        keypoints.Fill(Keypoint.NotFound);
        Count++;
        return keypoints;
    }

    /// <summary>Removes the person added last, for a parser that finds out late that there was none.</summary>
    public void RemoveLast()
    {
        ArgumentOutOfRangeException.ThrowIfZero(Count);
        Count--;
    }

    /// <summary>The joints of a person; <paramref name="person"/> counts in the current order.</summary>
    public Span<Keypoint> Keypoints(int person) => _keypoints.AsSpan(Slot(person) * _keypointCount, _keypointCount);

    /// <summary>The pose score of a person.</summary>
    public float Score(int person) => _scores[Slot(person)];

    /// <summary>Gives a person another pose score.</summary>
    public void SetScore(int person, float score) => _scores[Slot(person)] = score;

    /// <summary>The box of a person in frame pixels, or <see cref="BoundingBox.None"/>.</summary>
    public BoundingBox Box(int person) => _boxes[Slot(person)];

    /// <summary>Who the person is over time, from 0; <see cref="NoTrack"/> when nobody follows it.</summary>
    public int TrackId(int person) => _trackIds[Slot(person)];

    /// <summary>Says who a person is over time.</summary>
    public void SetTrackId(int person, int trackId) => _trackIds[Slot(person)] = trackId;

    /// <summary>Keeps a copy of all joints as they are now, before they are smoothed. Nobody is added afterwards.</summary>
    public void KeepRaw()
    {
        if (_raw.Length < _keypoints.Length)
        {
            _raw = new Keypoint[_keypoints.Length];
        }

        _keypoints.AsSpan().CopyTo(_raw);
        HasRaw = true;
    }

    /// <summary>The joints of a person as <see cref="KeepRaw"/> found them.</summary>
    public ReadOnlySpan<Keypoint> RawKeypoints(int person)
    {
        int slot = Slot(person);
        return HasRaw ? _raw.AsSpan(slot * _keypointCount, _keypointCount) : throw new InvalidOperationException("No copy of the joints was kept.");
    }

    /// <summary>
    /// Drops people below <paramref name="minPersonScore"/> (and those whose score is NaN), sorts the rest by falling score
    /// (equal scores keep their order), keeps at most <paramref name="maxPersons"/>, and takes the position, not the score,
    /// of joints below <paramref name="minKeypointConfidence"/>.
    /// </summary>
    public void Finish(float minPersonScore, int maxPersons, float minKeypointConfidence)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            int slot = _order[i];
            if (!(_scores[slot] >= minPersonScore))
            {
                continue;
            }

            // Insertion keeps equals in order; people per frame are few, and a thousand cost half a million compares at most.
            int place = kept;
            while (place > 0 && _scores[_order[place - 1]] < _scores[slot])
            {
                _order[place] = _order[place - 1];
                place--;
            }

            _order[place] = slot;
            kept++;
        }

        Count = Math.Min(kept, maxPersons);
        for (int person = 0; person < Count; person++)
        {
            foreach (ref Keypoint keypoint in Keypoints(person))
            {
                if (!(keypoint.Score >= minKeypointConfidence))
                {
                    keypoint = keypoint with { X = float.NaN, Y = float.NaN };
                }
            }
        }
    }

    private int Slot(int person)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)person, (uint)Count, nameof(person));
        return _order[person];
    }
}
