using System.Runtime.InteropServices;
using System.Text.Json;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>The ledger for a time bar: where frames are missing, and how many people are where, in bounded size.</summary>
internal static class LedgerView
{
    private const int MostRuns = 1000;
    private const int MostBuckets = 600;
    private const int MostTracks = 100;

    private static readonly string[] Statuses = ["ok", "skipped", "corrupt", "undecodable"];

    /// <summary>
    /// Writes <c>{ frames, duration, counts: {ok, ...}, runs: [[status, from, to, from_time, to_time], ...] or null, buckets:
    /// [[from, time, most_people, skipped, corrupt, undecodable], ...], tracks: [[track, frames, first_time, last_time], ...], most_people }</c>.
    /// Runs hold what is not ok, and are null when there are more than 1000; buckets are always there.
    /// </summary>
    public static void Write(Utf8JsonWriter json, string folder, CancellationToken cancellation)
    {
        using ResultTable table = ResultTable.Open(folder, TableSchemas.Frames, "time", "status", "n_persons");
        ColumnBuffer<double> times = table.Column<double>("time");
        TextColumnBuffer statuses = table.Text("status");
        ColumnBuffer<int> people = table.Column<int>("n_persons");
        int count = (int)Math.Min(table.RowCount, int.MaxValue - 1);
        int size = Math.Max(1, (count + MostBuckets - 1) / MostBuckets);
        Bucket[] buckets = [.. Enumerable.Range(0, (count + size - 1) / size).Select(_ => new Bucket())];
        List<Run> runs = [];
        long[] counts = new long[Statuses.Length];
        double duration = 0;
        foreach ((int first, int end) in table.Rows(cancellation))
        {
            for (int row = first; row < end; row++)
            {
                int frame = table.Frames[row];
                double time = times.Values[row];
                string status = statuses.Text(row)!;
                Bucket bucket = buckets[frame / size];
                if (frame % size == 0)
                {
                    bucket.Time = time;
                }

                int kind = Array.IndexOf(Statuses, status);
                counts[kind]++;
                bucket.Counts[kind]++;
                bucket.MostPeople = Math.Max(bucket.MostPeople, people.ValueAt(row) ?? 0);
                duration = Math.Max(duration, time);
                Extend(runs, status, frame, time);
            }
        }

        json.WriteStartObject();
        json.WriteNumber("frames", count);
        json.WriteNumber("duration", Math.Round(duration, 6));
        json.WriteStartObject("counts");
        for (int kind = 0; kind < Statuses.Length; kind++)
        {
            json.WriteNumber(Statuses[kind], counts[kind]);
        }

        json.WriteEndObject();
        WriteRuns(json, runs);
        json.WriteStartArray("buckets");
        for (int i = 0; i < buckets.Length; i++)
        {
            buckets[i].Write(json, i * size);
        }

        json.WriteEndArray();
        json.WriteNumber("most_people", buckets.Select(bucket => bucket.MostPeople).DefaultIfEmpty().Max());
        WriteTracks(json, folder, cancellation);
        json.WriteEndObject();
    }

    private static void Extend(List<Run> runs, string status, int frame, double time)
    {
        if (status == "ok" || runs.Count > MostRuns)
        {
            return;
        }

        if (runs.LastOrDefault() is { } last && last.Status == status && last.To == frame - 1)
        {
            (last.To, last.ToTime) = (frame, time);
            return;
        }

        runs.Add(new Run(status, frame, time) { To = frame, ToTime = time });
    }

    private static void WriteRuns(Utf8JsonWriter json, List<Run> runs)
    {
        if (runs.Count > MostRuns)
        {
            json.WriteNull("runs");
            return;
        }

        json.WriteStartArray("runs");
        foreach (Run run in runs)
        {
            json.WriteStartArray();
            json.WriteStringValue(run.Status);
            json.WriteNumberValue(run.From);
            json.WriteNumberValue(run.To);
            json.WriteNumberValue(Math.Round(run.FromTime, 6));
            json.WriteNumberValue(Math.Round(run.ToTime, 6));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteTracks(Utf8JsonWriter json, string folder, CancellationToken cancellation)
    {
        // The page needs no more of a track than this: two columns are read instead of the five of ResultTracks.
        using ResultTable persons = ResultTable.Open(folder, TableSchemas.Persons, "time", "track_id");
        ColumnBuffer<double> times = persons.Column<double>("time");
        ColumnBuffer<int> ids = persons.Column<int>("track_id");
        Dictionary<int, (int Frames, double First, double Last)> tracks = [];
        foreach ((int first, int end) in persons.Rows(cancellation))
        {
            for (int row = first; row < end; row++)
            {
                if (ids.ValueAt(row) is { } id)
                {
                    ref (int Frames, double First, double Last) track = ref CollectionsMarshal.GetValueRefOrAddDefault(tracks, id, out bool isKnown);
                    track = (track.Frames + 1, isKnown ? track.First : times.Values[row], times.Values[row]);
                }
            }
        }

        json.WriteNumber("track_count", tracks.Count);
        json.WriteStartArray("tracks");
        foreach ((int track, (int frames, double begin, double end)) in tracks.OrderByDescending(one => one.Value.Frames).ThenBy(one => one.Key).Take(MostTracks))
        {
            json.WriteStartArray();
            json.WriteNumberValue(track);
            json.WriteNumberValue(frames);
            json.WriteNumberValue(Math.Round(begin, 6));
            json.WriteNumberValue(Math.Round(end, 6));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private sealed class Run(string status, int from, double fromTime)
    {
        public string Status { get; } = status;

        public int From { get; } = from;

        public double FromTime { get; } = fromTime;

        public int To { get; set; }

        public double ToTime { get; set; }
    }

    private sealed class Bucket
    {
        public double Time { get; set; }

        public int MostPeople { get; set; }

        public int[] Counts { get; } = new int[Statuses.Length];

        public void Write(Utf8JsonWriter json, int from)
        {
            json.WriteStartArray();
            json.WriteNumberValue(from);
            json.WriteNumberValue(Math.Round(Time, 6));
            json.WriteNumberValue(MostPeople);
            for (int kind = 1; kind < Counts.Length; kind++)
            {
                json.WriteNumberValue(Counts[kind]);
            }

            json.WriteEndArray();
        }
    }
}
