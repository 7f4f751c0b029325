using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>The ledger for a time bar: where frames are missing, and how many people are where, in bounded size.</summary>
internal sealed record LedgerView
{
    private const int MostRuns = 1000;
    private const int MostBuckets = 600;
    private const int MostTracks = 100;

    private static readonly string[] Statuses = ["ok", "skipped", "corrupt", "undecodable"];

    /// <summary>Frames of the video.</summary>
    public required int Frames { get; init; }

    /// <summary>Time of the last frame, seconds.</summary>
    public required double Duration { get; init; }

    /// <summary>Frames by status: ok, skipped, corrupt, undecodable.</summary>
    public required IReadOnlyDictionary<string, long> Counts { get; init; }

    /// <summary>Stretches of frames that are not ok; null when there are more than 1000.</summary>
    public required IReadOnlyList<LedgerRun>? Runs { get; init; }

    /// <summary>The video in at most 600 equal stretches.</summary>
    public required IReadOnlyList<LedgerBucket> Buckets { get; init; }

    /// <summary>People in one frame at most.</summary>
    public required int MostPeople { get; init; }

    /// <summary>Tracks of the video.</summary>
    public required int TrackCount { get; init; }

    /// <summary>The 100 longest tracks.</summary>
    public required IReadOnlyList<LedgerTrack> Tracks { get; init; }

    /// <summary>Reads the ledger of a result.</summary>
    public static LedgerView Read(string folder, CancellationToken cancellation)
    {
        using FrameTable table = new(folder);
        int count = (int)Math.Min(table.RowCount, int.MaxValue - 1);
        int size = Math.Max(1, (count + MostBuckets - 1) / MostBuckets);
        LedgerBucket[] buckets = [.. Enumerable.Range(0, (count + size - 1) / size).Select(index => new LedgerBucket(index * size, new int[Statuses.Length]))];
        List<LedgerRun> runs = [];
        long[] counts = new long[Statuses.Length];
        double duration = 0;
        foreach (int row in table.Rows([table.Time, table.Status, table.PersonCount], cancellation))
        {
            (int frame, double time, string status) = (table.FrameIndex[row], table.Time[row], table.Status[row]);
            LedgerBucket bucket = buckets[frame / size];
            if (frame % size == 0)
            {
                bucket.Time = time;
            }

            int kind = Array.IndexOf(Statuses, status);
            counts[kind]++;
            bucket.Counts[kind]++;
            bucket.MostPeople = Math.Max(bucket.MostPeople, table.PersonCount.ValueOr(row, 0));
            duration = Math.Max(duration, time);
            Extend(runs, status, frame, time);
        }

        Dictionary<int, LedgerTrack> tracks = ReadTracks(folder, cancellation);
        return new()
        {
            Frames = count,
            Duration = Math.Round(duration, 6),
            Counts = Statuses.Zip(counts).ToDictionary(pair => pair.First, pair => pair.Second),
            Runs = runs.Count > MostRuns ? null : runs,
            Buckets = buckets,
            MostPeople = buckets.Select(bucket => bucket.MostPeople).DefaultIfEmpty().Max(),
            TrackCount = tracks.Count,
            Tracks = [.. tracks.Values.OrderByDescending(one => one.Frames).ThenBy(one => one.Id).Take(MostTracks)],
        };
    }

    private static void Extend(List<LedgerRun> runs, string status, int frame, double time)
    {
        if (status == "ok" || runs.Count > MostRuns)
        {
            return;
        }

        if (runs.LastOrDefault() is { } last && last.Status == status && last.To == frame - 1)
        {
            runs[^1] = last with { To = frame, ToTime = time };
            return;
        }

        runs.Add(new(status, frame, frame, time, time));
    }

    private static Dictionary<int, LedgerTrack> ReadTracks(string folder, CancellationToken cancellation)
    {
        // The page needs no more of a track than this: two columns are read besides the frame, of which ResultTracks reads four.
        using PersonTable persons = new(folder);
        Dictionary<int, LedgerTrack> tracks = [];
        foreach (int row in persons.Rows([persons.Time, persons.TrackId], cancellation))
        {
            if (persons.TrackId[row] is { } id)
            {
                double time = persons.Time[row];
                ref LedgerTrack track = ref CollectionsMarshal.GetValueRefOrAddDefault(tracks, id, out bool isKnown);
                track = new(id, track.Frames + 1, isKnown ? track.First : time, time);
            }
        }

        return tracks;
    }
}

/// <summary>[status, from, to, from_time, to_time] of a stretch of frames that are not ok.</summary>
[JsonConverter(typeof(JsonRowConverter<LedgerRun>))]
internal sealed record LedgerRun(string Status, int From, int To, double FromTime, double ToTime) : IJsonRow
{
    /// <inheritdoc/>
    public void WriteValues(Utf8JsonWriter json)
    {
        json.WriteStringValue(Status);
        json.WriteNumberValue(From);
        json.WriteNumberValue(To);
        json.WriteNumberValue(Math.Round(FromTime, 6));
        json.WriteNumberValue(Math.Round(ToTime, 6));
    }
}

/// <summary>[from, time, most_people, skipped, corrupt, undecodable] of a stretch: its first frame, that one's time, and counts.</summary>
[JsonConverter(typeof(JsonRowConverter<LedgerBucket>))]
internal sealed record LedgerBucket(int From, int[] Counts) : IJsonRow
{
    public double Time { get; set; }

    public int MostPeople { get; set; }

    /// <inheritdoc/>
    public void WriteValues(Utf8JsonWriter json)
    {
        json.WriteNumberValue(From);
        json.WriteNumberValue(Math.Round(Time, 6));
        json.WriteNumberValue(MostPeople);
        foreach (int count in Counts.AsSpan(1))   // those that are ok are the rest
        {
            json.WriteNumberValue(count);
        }
    }
}

/// <summary>[track, frames, first_time, last_time] of a track.</summary>
[JsonConverter(typeof(JsonRowConverter<LedgerTrack>))]
internal readonly record struct LedgerTrack(int Id, int Frames, double First, double Last) : IJsonRow
{
    /// <inheritdoc/>
    public void WriteValues(Utf8JsonWriter json)
    {
        json.WriteNumberValue(Id);
        json.WriteNumberValue(Frames);
        json.WriteNumberValue(Math.Round(First, 6));
        json.WriteNumberValue(Math.Round(Last, 6));
    }
}
