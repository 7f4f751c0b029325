using System.Text.Json;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>One joint of one person over time, as the least and greatest value of equal stretches, so that no peak is lost.</summary>
internal static class SeriesView
{
    /// <summary>Whose joint: a track, or else a slot of the frame.</summary>
    /// <param name="Joint">Index in the skeleton.</param>
    /// <param name="Track">Identity over time; null to take <paramref name="Slot"/>.</param>
    /// <param name="Slot">Person within the frame.</param>
    public sealed record Choice(int Joint, int? Track, int Slot);

    /// <summary>
    /// Writes <c>{ from, to, step, buckets: [[frame, time, x_least, x_most, y_least, y_most, confidence_least, confidence_most, skipped], ...] }</c>;
    /// a stretch without the joint has nulls; <c>skipped</c> are the frames of it that were left out on purpose, in which nobody was
    /// looked for. With <c>step</c> 1 every stretch is one frame.
    /// </summary>
    /// <param name="json">Where to.</param>
    /// <param name="folder">The result's folder.</param>
    /// <param name="choice">Which joint of whom.</param>
    /// <param name="from">First frame.</param>
    /// <param name="to">Last frame, included; cut to the last of the video.</param>
    /// <param name="mostBuckets">At most so many stretches.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    public static void Write(Utf8JsonWriter json, string folder, Choice choice, int from, int to, int mostBuckets, CancellationToken cancellation)
    {
        using ResultTable frames = ResultTable.Open(folder, TableSchemas.Frames, "time", "status");
        to = (int)Math.Min(to, frames.RowCount - 1);
        long length = Math.Max(0, to - (long)from + 1);
        int step = (int)Math.Max(1, (length + mostBuckets - 1) / mostBuckets);
        Bucket[] buckets = [.. Enumerable.Range(0, (int)((length + step - 1) / step)).Select(_ => new Bucket())];
        if (buckets.Length > 0)
        {
            Ledger(frames, buckets, from, to, step, cancellation);
            Values(folder, buckets, choice, from, to, step, cancellation);
        }

        json.WriteStartObject();
        json.WriteNumber("from", from);
        json.WriteNumber("to", to);
        json.WriteNumber("step", step);
        json.WriteStartArray("buckets");
        for (int i = 0; i < buckets.Length; i++)
        {
            buckets[i].Write(json, from + (i * step));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Ledger(ResultTable frames, Bucket[] buckets, int from, int to, int step, CancellationToken cancellation)
    {
        ColumnBuffer<double> times = frames.Column<double>("time");
        TextColumnBuffer statuses = frames.Text("status");
        foreach ((int first, int end) in frames.Rows(from, to + 1, cancellation))
        {
            for (int row = first; row < end; row++)
            {
                (int bucket, int rest) = int.DivRem(frames.Frames[row] - from, step);
                if (rest == 0)
                {
                    buckets[bucket].Time = times.Values[row];
                }

                buckets[bucket].Skipped += statuses.Text(row) == "skipped" ? 1 : 0;
            }
        }
    }

    private static void Values(string folder, Bucket[] buckets, Choice choice, int from, int to, int step, CancellationToken cancellation)
    {
        string identity = choice.Track is null ? "person" : "track_id";
        int whose = choice.Track ?? choice.Slot;
        using ResultTable table = ResultTable.Open(folder, TableSchemas.Keypoints, "keypoint_id", identity, "x", "y", "confidence");
        ColumnBuffer<int> joints = table.Column<int>("keypoint_id"), people = table.Column<int>(identity);
        ColumnBuffer<float> x = table.Column<float>("x"), y = table.Column<float>("y"), confidence = table.Column<float>("confidence");
        foreach ((int first, int end) in table.Rows(from, to + 1, cancellation))
        {
            for (int row = first; row < end; row++)
            {
                if (joints.Values[row] != choice.Joint || people.Values[row] != whose || people.IsNull(row))
                {
                    continue;
                }

                Bucket bucket = buckets[(table.Frames[row] - from) / step];
                bucket.Confidence.Add(confidence.Values[row]);
                if (!x.IsNull(row))
                {
                    bucket.X.Add(x.Values[row]);
                    bucket.Y.Add(y.Values[row]);
                }
            }
        }
    }

    private sealed class Bucket
    {
        public double Time { get; set; }

        public int Skipped { get; set; }

        public Bounds X { get; } = new();

        public Bounds Y { get; } = new();

        public Bounds Confidence { get; } = new();

        public void Write(Utf8JsonWriter json, int frame)
        {
            json.WriteStartArray();
            json.WriteNumberValue(frame);
            json.WriteNumberValue(Math.Round(Time, 6));
            foreach (Bounds bounds in new[] { X, Y, Confidence })
            {
                JsonNumber.Write(json, bounds.Least);
                JsonNumber.Write(json, bounds.Most);
            }

            json.WriteNumberValue(Skipped);
            json.WriteEndArray();
        }
    }

    private sealed class Bounds
    {
        public double? Least { get; private set; }

        public double? Most { get; private set; }

        public void Add(float value) => (Least, Most) = (Math.Min(Least ?? value, value), Math.Max(Most ?? value, value));
    }
}
