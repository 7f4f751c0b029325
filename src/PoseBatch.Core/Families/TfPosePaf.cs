using System.Runtime.InteropServices;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Constants of tf-pose's assembly (docs/spec, 10.2).</summary>
internal sealed record TfPosePafOptions
{
    /// <summary>Smoothed value a peak must exceed.</summary>
    public float PeakThreshold { get; init; } = (float)TfPosePafParser.Family.DefaultNumber("peak_threshold");

    /// <summary>Samples along a limb. Default 10.</summary>
    public int SampleCount { get; init; } = 10;

    /// <summary>Agreement a sample must exceed to count.</summary>
    public float InterThreshold { get; init; } = (float)TfPosePafParser.Family.DefaultNumber("inter_threshold");

    /// <summary>Samples that must be exceeded by those that count. Default 6.</summary>
    public int MinSamples { get; init; } = 6;

    /// <summary>Parts a person needs.</summary>
    public int MinCount { get; init; } = (int)TfPosePafParser.Family.DefaultNumber("min_count");

    /// <summary>Score per part a person needs.</summary>
    public float MinScore { get; init; } = (float)TfPosePafParser.Family.DefaultNumber("min_score");
}

/// <summary>
/// tf-pose-estimation's assembly (docs/spec, 10.2). Keeps its scratch memory, so one instance belongs to
/// one worker.
/// </summary>
internal sealed class TfPosePaf
{
    // As OpenPose: a flat map is full of peaks, and every pair of them is looked at. The first in reading order stay.
    private const int MostPeaks = 127;

    private readonly PafSkeleton _skeleton;
    private readonly HeatmapShape _parts;
    private readonly HeatmapShape _fields;
    private readonly int _upsample;
    private readonly int _width;
    private readonly int _height;
    private readonly TfPosePafOptions _options;
    private readonly SmoothedMap _smoothed;
    private readonly List<PafPeak>[] _peaks;
    private readonly List<PafPair> _pairs = [];
    private readonly PafPeople _people;
    private bool[] _fromUsed = [];
    private bool[] _toUsed = [];

    /// <param name="skeleton">Parts, limbs, channels.</param>
    /// <param name="parts">Shape of the part maps; more channels than parts (the background) are ignored.</param>
    /// <param name="fields">Shape of the fields; the same grid.</param>
    /// <param name="upsample">Whole factor by which the maps are repeated, at least 1.</param>
    /// <param name="options">Thresholds.</param>
    public TfPosePaf(PafSkeleton skeleton, HeatmapShape parts, HeatmapShape fields, int upsample, TfPosePafOptions options)
    {
        _skeleton = skeleton;
        _people = new(skeleton.PartCount);
        _peaks = new List<PafPeak>[skeleton.PartCount];
        _parts = parts;
        _fields = fields;
        _upsample = upsample;
        _options = options;
        _width = parts.Width * upsample;
        _height = parts.Height * upsample;
        _smoothed = new(_width, _height);
        for (int part = 0; part < _peaks.Length; part++)
        {
            _peaks[part] = [];
        }
    }

    /// <summary>Peaks of a part, cells of the repeated map, row by row; the score is the raw value. Of the last run.</summary>
    public ReadOnlySpan<PafPeak> Peaks(int part) => CollectionsMarshal.AsSpan(_peaks[part]);

    /// <summary>Finds everybody.</summary>
    /// <param name="parts">Part maps.</param>
    /// <param name="fields">Fields.</param>
    /// <param name="cellToFrame">Cells of the repeated map to frame pixels.</param>
    /// <param name="poses">Receives the people in the order of their making; the score per part may exceed 1.</param>
    public void Parse(ReadOnlySpan<float> parts, ReadOnlySpan<float> fields, in AffineMap cellToFrame, FramePoses poses)
    {
        _people.Clear();
        for (int part = 0; part < _skeleton.PartCount; part++)
        {
            FindPeaks(parts, part);
        }

        foreach (PafLimb limb in _skeleton.Limbs)
        {
            ScorePairs(fields, limb);
            Connect(limb);
        }

        for (int i = 0; i < _people.Count; i++)
        {
            PafPerson person = _people[i];
            if (person.Count >= _options.MinCount && person.Score / person.Count >= _options.MinScore)
            {
                Write(person, cellToFrame, poses);
            }
        }
    }

    private void FindPeaks(ReadOnlySpan<float> parts, int part)
    {
        List<PafPeak> peaks = _peaks[part];
        peaks.Clear();
        for (int y = 0; y < _height; y++)
        {
            for (int x = 0; x < _width; x++)
            {
                _smoothed[x, y] = parts[_parts[part, y / _upsample, x / _upsample]];
            }
        }

        _smoothed.Smooth();
        for (int y = 0; y < _height && peaks.Count < MostPeaks; y++)
        {
            for (int x = 0; x < _width && peaks.Count < MostPeaks; x++)
            {
                if (_smoothed[x, y] > _options.PeakThreshold && _smoothed.IsLocalMaximum(x, y))
                {
                    peaks.Add(new(x, y, parts[_parts[part, y / _upsample, x / _upsample]]));
                }
            }
        }
    }

    private void ScorePairs(ReadOnlySpan<float> fields, PafLimb limb)
    {
        _pairs.Clear();
        List<PafPeak> from = _peaks[limb.From], to = _peaks[limb.To];
        for (int a = 0; a < from.Count; a++)
        {
            for (int b = 0; b < to.Count; b++)
            {
                float score = ScorePair(fields, limb, from[a], to[b]);
                if (score > 0)
                {
                    _pairs.Add(new(a, b, score, PrefersLast: false));
                }
            }
        }

        CollectionsMarshal.AsSpan(_pairs).Sort();
    }

    private float ScorePair(ReadOnlySpan<float> fields, PafLimb limb, PafPeak a, PafPeak b)
    {
        float x = b.X - a.X, y = b.Y - a.Y;
        float length = MathF.Sqrt((x * x) + (y * y));
        if (!(length > 0))
        {
            return 0;
        }

        float sum = 0;
        int count = 0;
        for (int sample = 0; sample < _options.SampleCount; sample++)
        {
            int column = (int)(a.X + (sample * x / _options.SampleCount) + 0.5f) / _upsample;
            int row = (int)(a.Y + (sample * y / _options.SampleCount) + 0.5f) / _upsample;
            float fieldX = fields[_fields[limb.ChannelX, row, column]], fieldY = fields[_fields[limb.ChannelY, row, column]];
            float agreement = limb.Sign * ((fieldX * x) + (fieldY * y)) / length;
            sum += agreement;
            count += agreement > _options.InterThreshold ? 1 : 0;
        }

        // Limbs longer than half the map are made less likely.
        float score = (sum / _options.SampleCount) + Math.Min(0, (0.5f * _height / length) - 1);
        return count > _options.MinSamples ? score : 0;
    }

    private void Connect(PafLimb limb)
    {
        Prepare(ref _fromUsed, _peaks[limb.From].Count);
        Prepare(ref _toUsed, _peaks[limb.To].Count);
        foreach (PafPair pair in CollectionsMarshal.AsSpan(_pairs))
        {
            if (!_fromUsed[pair.From] && !_toUsed[pair.To])
            {
                _fromUsed[pair.From] = true;
                _toUsed[pair.To] = true;
                Join(limb, pair);
            }
        }
    }

    private void Join(PafLimb limb, PafPair pair)
    {
        (int from, int to) = (limb.From, limb.To);
        int first = -1, second = -1, matches = 0;
        for (int i = 0; i < _people.Count; i++)
        {
            if (_people[i][from] == pair.From || _people[i][to] == pair.To)
            {
                matches++;
                (first, second) = matches == 1 ? (i, -1) : matches == 2 ? (first, i) : (first, second);
            }
        }

        float gain = _peaks[to][pair.To].Score + pair.Score;
        if (matches == 0 && !limb.FillsGaps)
        {
            PafPerson created = _people.Add();
            created[from] = pair.From;
            created[to] = pair.To;
            created.Count = 2;
            created.Score = _peaks[from][pair.From].Score + gain;
        }
        else if (matches == 2 && !HaveCommonPart(_people[first], _people[second]))
        {
            Merge(_people[first], _people[second], pair.Score);
            _people.RemoveAt(second);
        }
        else if (matches == 2 || (matches == 1 && _people[first][to] != pair.To))
        {
            _people[first][to] = pair.To;
            _people[first].Count++;
            _people[first].Score += gain;
        }

        // Three matches are left alone, as in the reference.
    }

    private bool HaveCommonPart(PafPerson one, PafPerson other)
    {
        for (int part = 0; part < _skeleton.PartCount; part++)
        {
            if (one[part] >= 0 && other[part] >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Merge(PafPerson person, PafPerson other, float pairScore)
    {
        for (int part = 0; part < _skeleton.PartCount; part++)
        {
            person[part] = Math.Max(person[part], other[part]);
        }

        person.Count += other.Count;
        person.Score += other.Score + pairScore;
    }

    private void Write(PafPerson person, in AffineMap cellToFrame, FramePoses poses)
    {
        Span<Keypoint> keypoints = poses.Add(person.Score / person.Count, BoundingBox.None);
        for (int part = 0; part < keypoints.Length; part++)
        {
            if (person[part] >= 0)
            {
                PafPeak peak = _peaks[part][person[part]];
                (float x, float y) = cellToFrame.ToFrame(PixelOrigin.Centre, peak.X, peak.Y);
                keypoints[part] = KeypointMath.At(x, y, peak.Score);
            }
        }
    }

    private static void Prepare(ref bool[] used, int count)
    {
        if (used.Length < count)
        {
            used = new bool[count];
        }

        Array.Clear(used);
    }
}
