using System.Text.Json;
using System.Text.Json.Serialization;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>One joint of one person over time, as the least and greatest value of equal stretches, so that no peak is lost.</summary>
/// <param name="From">First frame.</param>
/// <param name="To">Last frame.</param>
/// <param name="Step">Frames of a stretch; 1 where every frame stands for itself.</param>
/// <param name="Buckets">The stretches.</param>
internal sealed record SeriesView(int From, int To, int Step, IReadOnlyList<SeriesBucket> Buckets)
{
    /// <summary>Whose joint: a track, or else a slot of the frame.</summary>
    /// <param name="Joint">Index in the skeleton.</param>
    /// <param name="Track">Identity over time; null to take <paramref name="Slot"/>.</param>
    /// <param name="Slot">Person within the frame.</param>
    public sealed record Choice(int Joint, int? Track, int Slot);

    /// <summary>Reads it.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="choice">Which joint of whom.</param>
    /// <param name="from">First frame.</param>
    /// <param name="to">Last frame, included; cut to the last of the video.</param>
    /// <param name="mostBuckets">At most so many stretches.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    public static SeriesView Read(string folder, Choice choice, int from, int to, int mostBuckets, CancellationToken cancellation)
    {
        using ResultTable frames = ResultTable.Open(folder, TableSchemas.Frames, "time", "status");
        to = (int)Math.Min(to, frames.RowCount - 1);
        long length = Math.Max(0, to - (long)from + 1);
        int step = (int)Math.Max(1, (length + mostBuckets - 1) / mostBuckets);
        SeriesBucket[] buckets = [.. Enumerable.Range(0, (int)((length + step - 1) / step)).Select(index => new SeriesBucket(from + (index * step)))];
        if (buckets.Length > 0)
        {
            Ledger(frames, buckets, from, to, step, cancellation);
            Values(folder, buckets, choice, from, to, step, cancellation);
        }

        return new(from, to, step, buckets);
    }

    private static void Ledger(ResultTable frames, SeriesBucket[] buckets, int from, int to, int step, CancellationToken cancellation)
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

    private static void Values(string folder, SeriesBucket[] buckets, Choice choice, int from, int to, int step, CancellationToken cancellation)
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

                SeriesBucket bucket = buckets[(table.Frames[row] - from) / step];
                bucket.Confidence.Add(confidence.Values[row]);
                if (!x.IsNull(row))
                {
                    bucket.X.Add(x.Values[row]);
                    bucket.Y.Add(y.Values[row]);
                }
            }
        }
    }
}

/// <summary>
/// [frame, time, x_least, x_most, y_least, y_most, confidence_least, confidence_most, skipped] of a stretch: its first frame and that
/// one's time; nulls without the joint; and how many of its frames were left out on purpose, in which nobody was looked for.
/// </summary>
[JsonConverter(typeof(JsonRowConverter<SeriesBucket>))]
internal sealed class SeriesBucket(int frame) : IJsonRow
{
    public double Time { get; set; }

    public int Skipped { get; set; }

    public Bounds X { get; } = new();

    public Bounds Y { get; } = new();

    public Bounds Confidence { get; } = new();

    /// <inheritdoc/>
    public void WriteValues(Utf8JsonWriter json)
    {
        json.WriteNumberValue(frame);
        json.WriteNumberValue(Math.Round(Time, 6));
        foreach (Bounds bounds in new[] { X, Y, Confidence })
        {
            JsonNumber.Write(json, bounds.Least);
            JsonNumber.Write(json, bounds.Most);
        }

        json.WriteNumberValue(Skipped);
    }

    /// <summary>Least and greatest of some values; null without any.</summary>
    internal sealed class Bounds
    {
        public double? Least { get; private set; }

        public double? Most { get; private set; }

        public void Add(float value) => (Least, Most) = (Math.Min(Least ?? value, value), Math.Max(Most ?? value, value));
    }
}
