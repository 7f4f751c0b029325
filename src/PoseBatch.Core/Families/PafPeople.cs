namespace PoseBatch.Families;

/// <summary>A peak of a part: where it is and how strong.</summary>
internal readonly record struct PafPeak(float X, float Y, float Score);

/// <summary>Two peaks that may be the ends of one limb; sorts by falling score.</summary>
/// <param name="From">Index among the peaks of the first part.</param>
/// <param name="To">Index among the peaks of the second part.</param>
/// <param name="Score">How well the field between them agrees.</param>
/// <param name="PrefersLast">Equal scores: true for larger indices first, as OpenPose; false for smaller ones.</param>
internal readonly record struct PafPair(int From, int To, float Score, bool PrefersLast) : IComparable<PafPair>
{
    /// <inheritdoc/>
    public int CompareTo(PafPair other)
    {
        int byScore = other.Score.CompareTo(Score);
        if (byScore != 0)
        {
            return byScore;
        }

        int byIndex = From != other.From ? From.CompareTo(other.From) : To.CompareTo(other.To);
        return PrefersLast ? -byIndex : byIndex;
    }
}

/// <summary>A person in the making: which peak each part has, -1 for none.</summary>
internal sealed class PafPerson(int partCount)
{
    private readonly int[] _peaks = new int[partCount];

    /// <summary>Peak of a part, -1 for none.</summary>
    public ref int this[int part] => ref _peaks[part];

    /// <summary>Parts counted so far; not the number of peaks in every family.</summary>
    public int Count { get; set; }

    /// <summary>Sum of peaks and pairs so far.</summary>
    public float Score { get; set; }

    /// <summary>Nobody yet.</summary>
    public PafPerson Clear()
    {
        Array.Fill(_peaks, -1);
        Count = 0;
        Score = 0;
        return this;
    }

    /// <summary>Parts from one index on that have a peak.</summary>
    public int PeaksFrom(int firstPart)
    {
        int count = 0;
        foreach (int peak in _peaks.AsSpan(Math.Min(firstPart, _peaks.Length)))
        {
            count += peak >= 0 ? 1 : 0;
        }

        return count;
    }
}

/// <summary>The people of one picture; objects are kept and used again, so nothing is allocated once it has grown.</summary>
internal sealed class PafPeople(int partCount)
{
    private readonly List<PafPerson> _people = [];

    /// <summary>People now.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public PafPerson this[int person] => _people[person];

    /// <summary>Nobody.</summary>
    public void Clear() => Count = 0;

    /// <summary>Somebody new.</summary>
    public PafPerson Add()
    {
        if (Count == _people.Count)
        {
            _people.Add(new PafPerson(partCount));
        }

        return _people[Count++].Clear();
    }

    /// <summary>Takes somebody out; the others keep their order.</summary>
    public void RemoveAt(int person)
    {
        PafPerson gone = _people[person];
        _people.RemoveAt(person);
        _people.Add(gone);
        Count--;
    }

    /// <summary>The first person that has that peak for that part, from a place on; -1 for nobody.</summary>
    public int Find(int part, int peak, int from = 0)
    {
        for (int person = from; person < Count; person++)
        {
            if (_people[person][part] == peak)
            {
                return person;
            }
        }

        return -1;
    }
}
