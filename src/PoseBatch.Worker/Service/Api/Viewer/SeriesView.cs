using System.Text.Json;
using System.Text.Json.Serialization;
using PoseBatch.Results.Reading;

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
        using FrameTable frames = new(folder);
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

    private static void Ledger(FrameTable frames, SeriesBucket[] buckets, int from, int to, int step, CancellationToken cancellation)
    {
        foreach (int row in frames.Rows([frames.Time, frames.Status], from, to + 1, cancellation))
        {
            (int bucket, int rest) = int.DivRem(frames.FrameIndex[row] - from, step);
            if (rest == 0)
            {
                buckets[bucket].Time = frames.Time[row];
            }

            buckets[bucket].Skipped += frames.Status[row] == "skipped" ? 1 : 0;
        }
    }

    private static void Values(string folder, SeriesBucket[] buckets, Choice choice, int from, int to, int step, CancellationToken cancellation)
    {
        using KeypointTable table = new(folder);
        ResultColumn[] columns = [table.JointIndex, choice.Track is null ? table.Slot : table.TrackId, table.X, table.Y, table.Confidence];
        foreach (int row in table.Rows(columns, from, to + 1, cancellation))
        {
            if (table.JointIndex[row] != choice.Joint || !(choice.Track is { } track ? table.TrackId[row] == track : table.Slot[row] == choice.Slot))
            {
                continue;
            }

            SeriesBucket bucket = buckets[(table.FrameIndex[row] - from) / step];
            bucket.Confidence.Add(table.Confidence[row]);
            if (table.X[row] is { } x && table.Y[row] is { } y)
            {
                bucket.X.Add(x);
                bucket.Y.Add(y);
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
