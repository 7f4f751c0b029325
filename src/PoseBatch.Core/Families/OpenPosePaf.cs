using System.Runtime.InteropServices;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Thresholds of the assembly (docs/spec, 10.1).</summary>
internal sealed record OpenPosePafOptions
{
    /// <summary>Value a peak must exceed.</summary>
    public float NmsThreshold { get; init; } = (float)OpenPosePafParser.Family.DefaultNumber("nms_threshold");

    /// <summary>Share of samples along a limb that must agree with it.</summary>
    public float MinShareAbove { get; init; } = (float)OpenPosePafParser.Family.DefaultNumber("min_share_above");

    /// <summary>Agreement a sample must exceed.</summary>
    public float InterThreshold { get; init; } = (float)OpenPosePafParser.Family.DefaultNumber("inter_threshold");

    /// <summary>Parts a person needs.</summary>
    public int MinCount { get; init; } = (int)OpenPosePafParser.Family.DefaultNumber("min_count");

    /// <summary>Score per part a person needs.</summary>
    public float MinScore { get; init; } = (float)OpenPosePafParser.Family.DefaultNumber("min_score");

    /// <summary>
    /// True to count feet like other parts. Default false: they count for nothing, and a person that has feet needs more than
    /// four other parts, unless nobody is left then.
    /// </summary>
    public bool CountsFeet { get; init; }

    /// <summary>
    /// Added to both axes of a peak, net pixels. OpenPose adds half an output pixel (0.5 / scale); its way back has the corner
    /// pixels on each other. 0, the default, for half-pixel resampling.
    /// </summary>
    public float PeakOffset { get; init; }

    /// <summary>Peaks per part at most. Default 127.</summary>
    public int MaxPeaks { get; init; } = 127;
}

/// <summary>
/// OpenPose's assembly on the processor: peaks of the parts, agreement of the fields between them, people limb by limb
/// (docs/spec, 10.1). Keeps its scratch memory, so one instance belongs to one worker.
/// </summary>
internal sealed class OpenPosePaf
{
    private const float NoScore = 1e-6f;
    private const int CentroidRadius = 3;
    private const int MinBodyPartsWithFeet = 4;

    private readonly PafSkeleton _skeleton;
    private readonly OpenPosePafOptions _options;
    private readonly EnlargedMaps _parts;
    private readonly EnlargedMaps _fields;
    private readonly float[] _map;
    private readonly List<PafPeak>[] _peaks;
    private readonly List<PafPair> _pairs = [];
    private readonly PafPeople _people;
    private readonly bool[] _fromUsed;
    private readonly bool[] _toUsed;

    /// <param name="skeleton">Parts, limbs, channels.</param>
    /// <param name="parts">Shape of the part maps; more channels than parts (the background) are ignored.</param>
    /// <param name="fields">Shape of the fields; the same grid.</param>
    /// <param name="upsample">Net pixels per cell, a whole number.</param>
    /// <param name="options">Thresholds.</param>
    public OpenPosePaf(PafSkeleton skeleton, HeatmapShape parts, HeatmapShape fields, int upsample, OpenPosePafOptions options)
    {
        _skeleton = skeleton;
        _options = options;
        _parts = new(parts, upsample);
        _fields = new(fields, upsample);
        _map = new float[_parts.Width * _parts.Height];
        _peaks = new List<PafPeak>[skeleton.PartCount];
        for (int part = 0; part < skeleton.PartCount; part++)
        {
            _peaks[part] = [];
        }

        _people = new(skeleton.PartCount);
        _fromUsed = new bool[options.MaxPeaks];
        _toUsed = new bool[options.MaxPeaks];
    }

    /// <summary>Peaks of a part, net pixels, row by row; of the last run.</summary>
    public ReadOnlySpan<PafPeak> Peaks(int part) => CollectionsMarshal.AsSpan(_peaks[part]);

    /// <summary>Finds everybody.</summary>
    /// <param name="parts">Part maps.</param>
    /// <param name="fields">Fields.</param>
    /// <param name="netToFrame">Net pixels to frame pixels.</param>
    /// <param name="poses">Receives the people in the order of their making; score per part and limb.</param>
    public void Parse(ReadOnlySpan<float> parts, ReadOnlySpan<float> fields, in AffineMap netToFrame, FramePoses poses)
    {
        _people.Clear();
        for (int part = 0; part < _skeleton.PartCount; part++)
        {
            _parts.Enlarge(parts, part, _map);
            FindPeaks(_peaks[part]);
        }

        for (int limb = 0; limb < _skeleton.Limbs.Length; limb++)
        {
            (int from, int to) = (_skeleton.Limbs[limb].From, _skeleton.Limbs[limb].To);
            if (_peaks[from].Count == 0 || _peaks[to].Count == 0)
            {
                AddAlone(_peaks[from].Count == 0 ? to : from);
                continue;
            }

            ScorePairs(fields, _skeleton.Limbs[limb]);
            Connect(limb);
        }

        if (!Keep(netToFrame, poses, hasFootRule: !_options.CountsFeet) && !_options.CountsFeet)
        {
            Keep(netToFrame, poses, hasFootRule: false);
        }
    }

    private void FindPeaks(List<PafPeak> peaks)
    {
        peaks.Clear();
        int width = _parts.Width, height = _parts.Height;
        float threshold = _options.NmsThreshold;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> row = _map.AsSpan(y * width, width);
            for (int x = ThresholdScan.Next(row, 0, threshold); x < width; x = ThresholdScan.Next(row, x + 1, threshold))
            {
                if (IsPeak(x, y, row[x]))
                {
                    peaks.Add(Centroid(x, y));
                    if (peaks.Count == _options.MaxPeaks)
                    {
                        return;
                    }
                }
            }
        }
    }

    private bool IsPeak(int x, int y, float value)
    {
        int width = _parts.Width, height = _parts.Height;
        bool isInner = x > 1 && x < width - 2 && y > 1 && y < height - 2;
        if (!isInner && x != 1 && x != width - 2 && y != 1 && y != height - 2)
        {
            return false;
        }

        for (int dy = -1; dy <= 1; dy++)
        {
            for (int dx = -1; dx <= 1; dx++)
            {
                if (dx == 0 && dy == 0)
                {
                    continue;
                }

                int nearX = x + dx, nearY = y + dy;
                bool isOutside = nearX < 0 || nearX >= width || nearY < 0 || nearY >= height;
                float near = isOutside ? _options.NmsThreshold : _map[(nearY * width) + nearX];
                if (isInner ? !(value > near) : !(value >= near))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private PafPeak Centroid(int x, int y)
    {
        float sumX = 0, sumY = 0, sum = 0;
        int right = Math.Min(x + CentroidRadius, _parts.Width - 1), bottom = Math.Min(y + CentroidRadius, _parts.Height - 1);
        for (int row = Math.Max(y - CentroidRadius, 0); row <= bottom; row++)
        {
            for (int column = Math.Max(x - CentroidRadius, 0); column <= right; column++)
            {
                float value = _map[(row * _parts.Width) + column];
                if (value > 0)
                {
                    sumX += value * column;
                    sumY += value * row;
                    sum += value;
                }
            }
        }

        return new((sumX / sum) + _options.PeakOffset, (sumY / sum) + _options.PeakOffset, _map[(y * _parts.Width) + x]);
    }

    // A part whose partner was not found at all: each of its peaks that is in nobody may be somebody.
    private void AddAlone(int part)
    {
        for (int peak = 0; peak < _peaks[part].Count; peak++)
        {
            if (_people.Find(part, peak) < 0)
            {
                PafPerson person = _people.Add();
                person[part] = peak;
                person.Count = 1;
                person.Score = _peaks[part][peak].Score;
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
                if (score > NoScore)
                {
                    _pairs.Add(new(a, b, score, PrefersLast: true));
                }
            }
        }

        CollectionsMarshal.AsSpan(_pairs).Sort();
    }

    private float ScorePair(ReadOnlySpan<float> fields, PafLimb limb, PafPeak a, PafPeak b)
    {
        float x = b.X - a.X, y = b.Y - a.Y;
        float length = MathF.Sqrt((x * x) + (y * y));
        if (!(length > NoScore))
        {
            return 0;
        }

        int sampleCount = Math.Clamp((int)(MathF.Sqrt(5 * Math.Max(Math.Abs(x), Math.Abs(y))) + 0.5f), 5, 25);
        float sum = 0;
        int count = 0;
        for (int sample = 0; sample < sampleCount; sample++)
        {
            // Most pairs of a crowd are no limb and show it at once: the share can no longer be reached.
            if ((float)(sampleCount - (sample - count)) / sampleCount <= _options.MinShareAbove)
            {
                break;
            }

            int column = Math.Clamp((int)(a.X + (sample * x / sampleCount) + 0.5f), 0, _fields.Width - 1);
            int row = Math.Clamp((int)(a.Y + (sample * y / sampleCount) + 0.5f), 0, _fields.Height - 1);
            float fieldX = _fields.At(fields, limb.ChannelX, column, row), fieldY = _fields.At(fields, limb.ChannelY, column, row);
            float agreement = limb.Sign * ((fieldX * x) + (fieldY * y)) / length;
            if (agreement > _options.InterThreshold)
            {
                sum += agreement;
                count++;
            }
        }

        if ((float)count / sampleCount > _options.MinShareAbove)
        {
            return sum / count;
        }

        // Two parts on nearly the same spot have no field between them to speak of.
        return length < MathF.Sqrt((float)_parts.Width * _parts.Height) / 150 ? _options.NmsThreshold + NoScore : 0;
    }

    private void Connect(int limb)
    {
        (int from, int to) = (_skeleton.Limbs[limb].From, _skeleton.Limbs[limb].To);
        Array.Clear(_fromUsed);
        Array.Clear(_toUsed);
        foreach (PafPair pair in CollectionsMarshal.AsSpan(_pairs))
        {
            if (_fromUsed[pair.From] || _toUsed[pair.To])
            {
                continue;
            }

            _fromUsed[pair.From] = true;
            _toUsed[pair.To] = true;
            if (_skeleton.Limbs[limb].FillsGaps)
            {
                Fill(from, to, pair);
            }
            else
            {
                Extend(limb, from, to, pair);
            }
        }
    }

    private void Extend(int limb, int from, int to, PafPair pair)
    {
        int owner = limb == 0 ? -1 : _people.Find(from, pair.From);
        if (owner >= 0)
        {
            PafPerson person = _people[owner];
            person[to] = pair.To;
            person.Count++;
            person.Score += _peaks[to][pair.To].Score + pair.Score;
            return;
        }

        PafPerson created = _people.Add();
        created[from] = pair.From;
        created[to] = pair.To;
        created.Count = 2;
        created.Score = _peaks[from][pair.From].Score + _peaks[to][pair.To].Score + pair.Score;
    }

    private void Fill(int from, int to, PafPair pair)
    {
        for (int i = 0; i < _people.Count; i++)
        {
            PafPerson person = _people[i];
            if (person[from] == pair.From && person[to] < 0)
            {
                person[to] = pair.To;
            }
            else if (person[to] == pair.To && person[from] < 0)
            {
                person[from] = pair.From;
            }
        }
    }

    private bool Keep(in AffineMap netToFrame, FramePoses poses, bool hasFootRule)
    {
        bool keptAny = false;
        for (int i = 0; i < _people.Count; i++)
        {
            PafPerson person = _people[i];
            int feet = hasFootRule ? person.PeaksFrom(_skeleton.FirstFoot) : 0;
            int count = person.Count - feet;
            if ((feet > 0 && count <= MinBodyPartsWithFeet)
                || count < _options.MinCount
                || !(person.Score / count >= _options.MinScore))
            {
                continue;
            }

            keptAny = true;
            Span<Keypoint> keypoints = poses.Add(person.Score / (_skeleton.PartCount + _skeleton.Limbs.Length), BoundingBox.None);
            for (int part = 0; part < keypoints.Length; part++)
            {
                if (person[part] >= 0)
                {
                    PafPeak peak = _peaks[part][person[part]];
                    (float x, float y) = netToFrame.ToFrame(PixelOrigin.Centre, peak.X, peak.Y);
                    keypoints[part] = KeypointMath.At(x, y, peak.Score);
                }
            }
        }

        return keptAny;
    }
}
