using System.Text.Json;
using System.Text.Json.Serialization;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>The poses of a range of frames.</summary>
/// <param name="From">First frame.</param>
/// <param name="Frames">The frames, from the first on.</param>
/// <param name="To">Last frame; earlier than asked for when the answer would be too large.</param>
/// <param name="People">Everybody in them, frame by frame.</param>
internal sealed record PoseRange(int From, IReadOnlyList<FrameRow> Frames, int To, IReadOnlyList<PersonRow> People)
{
    /// <summary>Frames of one answer at most.</summary>
    public const int MostFrames = 1000;

    /// <summary>Joints of one answer at most, beyond the first frame's.</summary>
    public const int MostJoints = 100_000;

    /// <summary>Reads them.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="from">First frame.</param>
    /// <param name="to">Last frame, included; at most <see cref="MostFrames"/> from the first.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    public static PoseRange Read(string folder, int from, int to, CancellationToken cancellation)
    {
        to = (int)Math.Min(to, from + (long)MostFrames - 1);
        List<PersonRow> people = ReadPeople(folder, from, ref to, cancellation);
        List<FrameRow> frames = ReadFrames(folder, from, to, cancellation);
        return new(from, frames, from + frames.Count - 1, people);
    }

    private static List<FrameRow> ReadFrames(string folder, int from, int to, CancellationToken cancellation)
    {
        using ResultTable table = ResultTable.Open(folder, TableSchemas.Frames, "time", "status", "width", "height");
        ColumnBuffer<double> times = table.Column<double>("time");
        TextColumnBuffer statuses = table.Text("status");
        ColumnBuffer<int> widths = table.Column<int>("width"), heights = table.Column<int>("height");
        List<FrameRow> frames = [];
        foreach ((int first, int end) in table.Rows(from, to + 1, cancellation))
        {
            for (int row = first; row < end; row++)
            {
                frames.Add(new(times.Values[row], statuses.Text(row)!, widths.ValueAt(row), heights.ValueAt(row)));
            }
        }

        return frames;
    }

    private static List<PersonRow> ReadPeople(string folder, int from, ref int to, CancellationToken cancellation)
    {
        using ResultTable table = ResultTable.Open(folder, TableSchemas.Keypoints, "person", "track_id", "x", "y", "confidence");
        ColumnBuffer<int> slots = table.Column<int>("person"), tracks = table.Column<int>("track_id");
        ColumnBuffer<float> x = table.Column<float>("x"), y = table.Column<float>("y"), confidences = table.Column<float>("confidence");
        List<PersonRow> people = [];
        PersonRow? current = null;
        long joints = 0;
        foreach ((int first, int end) in table.Rows(from, to + 1, cancellation))
        {
            for (int row = first; row < end; row++, joints++)
            {
                (int frame, int slot) = (table.Frames[row], slots.Values[row]);
                if (current?.Frame != frame && joints > MostJoints)
                {
                    to = frame - 1;   // whole frames only
                    return people;
                }

                if (current is null || current.Frame != frame || current.Slot != slot)
                {
                    people.Add(current = new(frame, slot, tracks.ValueAt(row)));
                }

                current.Joints.Add(x.ValueAt(row));
                current.Joints.Add(y.ValueAt(row));
                current.Joints.Add(confidences.Values[row]);
            }
        }

        return people;
    }
}

/// <summary>[time, status, width, height] of a frame: seconds, and pixels where they are known.</summary>
[JsonConverter(typeof(JsonRowConverter<FrameRow>))]
internal readonly record struct FrameRow(double Time, string Status, int? Width, int? Height) : IJsonRow
{
    /// <inheritdoc/>
    public void WriteValues(Utf8JsonWriter json)
    {
        json.WriteNumberValue(Math.Round(Time, 6));
        json.WriteStringValue(Status);
        JsonNumber.Write(json, Width);
        JsonNumber.Write(json, Height);
    }
}

/// <summary>[frame, person, track, [x, y, confidence, ...]] of a person, joint by joint; x and y are null where there is no position.</summary>
[JsonConverter(typeof(JsonRowConverter<PersonRow>))]
internal sealed record PersonRow(int Frame, int Slot, int? Track) : IJsonRow
{
    /// <summary>Three numbers a joint.</summary>
    public List<float?> Joints { get; } = [];

    /// <inheritdoc/>
    public void WriteValues(Utf8JsonWriter json)
    {
        json.WriteNumberValue(Frame);
        json.WriteNumberValue(Slot);
        JsonNumber.Write(json, Track);
        json.WriteStartArray();
        foreach (float? number in Joints)
        {
            JsonNumber.Write(json, number);
        }

        json.WriteEndArray();
    }
}
