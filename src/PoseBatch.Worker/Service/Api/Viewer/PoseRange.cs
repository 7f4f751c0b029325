using System.Text.Json;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Service.Api.Viewer;

/// <summary>The poses of a range of frames as compact JSON.</summary>
internal static class PoseRange
{
    /// <summary>Frames of one answer at most.</summary>
    public const int MostFrames = 1000;

    /// <summary>Joints of one answer at most, beyond the first frame's.</summary>
    public const int MostJoints = 100_000;

    /// <summary>
    /// Writes <c>{ from, to, frames: [[time, status, width, height], ...], people: [[frame, person, track, [x, y, confidence, ...]], ...] }</c>;
    /// x and y are null where the joint has no position. <c>to</c> is earlier than asked for when the answer would be too large.
    /// </summary>
    /// <param name="json">Where to.</param>
    /// <param name="folder">The result's folder.</param>
    /// <param name="from">First frame.</param>
    /// <param name="to">Last frame, included; at most <see cref="MostFrames"/> from the first.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    public static void Write(Utf8JsonWriter json, string folder, int from, int to, CancellationToken cancellation)
    {
        to = (int)Math.Min(to, from + (long)MostFrames - 1);
        List<Person> people = ReadPeople(folder, from, ref to, cancellation);
        json.WriteStartObject();
        json.WriteNumber("from", from);
        json.WriteStartArray("frames");
        int last = WriteFrames(json, folder, from, to, cancellation);
        json.WriteEndArray();
        json.WriteNumber("to", last);
        json.WriteStartArray("people");
        foreach (Person person in people)
        {
            Write(json, person);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static int WriteFrames(Utf8JsonWriter json, string folder, int from, int to, CancellationToken cancellation)
    {
        using ResultTable frames = ResultTable.Open(folder, TableSchemas.Frames, "time", "status", "width", "height");
        ColumnBuffer<double> times = frames.Column<double>("time");
        TextColumnBuffer statuses = frames.Text("status");
        ColumnBuffer<int> widths = frames.Column<int>("width"), heights = frames.Column<int>("height");
        int last = from - 1;
        foreach ((int first, int end) in frames.Rows(from, to + 1, cancellation))
        {
            for (int row = first; row < end; row++)
            {
                json.WriteStartArray();
                json.WriteNumberValue(Math.Round(times.Values[row], 6));
                json.WriteStringValue(statuses.Text(row));
                JsonNumber.Write(json, widths.ValueAt(row));
                JsonNumber.Write(json, heights.ValueAt(row));
                json.WriteEndArray();
                last = frames.Frames[row];
            }
        }

        return last;
    }

    private static List<Person> ReadPeople(string folder, int from, ref int to, CancellationToken cancellation)
    {
        using ResultTable table = ResultTable.Open(folder, TableSchemas.Keypoints, "person", "track_id", "x", "y", "confidence");
        ColumnBuffer<int> slots = table.Column<int>("person"), tracks = table.Column<int>("track_id");
        ColumnBuffer<float> x = table.Column<float>("x"), y = table.Column<float>("y"), confidences = table.Column<float>("confidence");
        List<Person> people = [];
        Person? current = null;
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

    private static void Write(Utf8JsonWriter json, Person person)
    {
        json.WriteStartArray();
        json.WriteNumberValue(person.Frame);
        json.WriteNumberValue(person.Slot);
        JsonNumber.Write(json, person.Track);
        json.WriteStartArray();
        foreach (float? number in person.Joints)
        {
            JsonNumber.Write(json, number);
        }

        json.WriteEndArray();
        json.WriteEndArray();
    }

    private sealed record Person(int Frame, int Slot, int? Track)
    {
        public List<float?> Joints { get; } = [];
    }
}
