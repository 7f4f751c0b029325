using System.Text.Json;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Api.Viewer;

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
        using FrameTable frames = new(folder, TableSchemas.Frames, "time", "status", "width", "height");
        int last = from - 1;
        frames.Visit(from, to, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                json.WriteStartArray();
                json.WriteNumberValue(Math.Round(frames.Column<double>(1).Values[row], 6));
                json.WriteStringValue(frames.Text(2).Text(row));
                Number(json, frames.Column<int>(3), row);
                Number(json, frames.Column<int>(4), row);
                json.WriteEndArray();
                last = frames.Frames[row];
            }

            return true;
        }, cancellation);
        return last;
    }

    private static void Number(Utf8JsonWriter json, ColumnBuffer<int> column, int row)
    {
        if (column.IsNull(row))
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteNumberValue(column.Values[row]);
        }
    }

    private static List<Person> ReadPeople(string folder, int from, ref int to, CancellationToken cancellation)
    {
        using FrameTable table = new(folder, TableSchemas.Keypoints, "person", "track_id", "x", "y", "confidence");
        List<Person> people = [];
        long joints = 0;
        int cut = to;
        table.Visit(from, to, (first, end) =>
        {
            Person? current = null;
            for (int row = first; row < end; row++)
            {
                int frame = table.Frames[row], person = table.Column<int>(1).Values[row];
                if (frame != people.LastOrDefault()?.Frame && joints > MostJoints)
                {
                    cut = frame - 1;   // whole frames only
                    return false;
                }

                if (current is null || current.Frame != frame || current.Slot != person)
                {
                    current = new(frame, person, table.Column<int>(2).IsNull(row) ? null : table.Column<int>(2).Values[row]);
                    people.Add(current);
                }

                bool isNull = table.Column<float>(3).IsNull(row);
                current.Joints.Add(isNull ? null : table.Column<float>(3).Values[row]);
                current.Joints.Add(isNull ? null : table.Column<float>(4).Values[row]);
                current.Joints.Add(table.Column<float>(5).Values[row]);
                joints++;
            }

            return true;
        }, cancellation);
        to = cut;
        return people;
    }

    private static void Write(Utf8JsonWriter json, Person person)
    {
        json.WriteStartArray();
        json.WriteNumberValue(person.Frame);
        json.WriteNumberValue(person.Slot);
        if (person.Track is { } track)
        {
            json.WriteNumberValue(track);
        }
        else
        {
            json.WriteNullValue();
        }

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
