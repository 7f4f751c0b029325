using System.Text.Json;
using System.Text.Json.Serialization;
using PoseBatch.Results.Reading;

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
        using FrameTable table = new(folder);
        List<FrameRow> frames = [];
        foreach (int row in table.Rows([table.Time, table.Status, table.Width, table.Height], from, to + 1, cancellation))
        {
            frames.Add(new(table.Time[row], table.Status[row], table.Width[row], table.Height[row]));
        }

        return frames;
    }

    private static List<PersonRow> ReadPeople(string folder, int from, ref int to, CancellationToken cancellation)
    {
        using KeypointTable table = new(folder);
        List<PersonRow> people = [];
        PersonRow? current = null;
        long joints = 0;
        foreach (int row in table.Rows([table.Slot, table.TrackId, table.X, table.Y, table.Confidence], from, to + 1, cancellation))
        {
            (int frame, int slot) = (table.FrameIndex[row], table.Slot[row]);
            if (current?.Frame != frame && joints > MostJoints)
            {
                to = frame - 1;   // whole frames only
                return people;
            }

            if (current is null || current.Frame != frame || current.Slot != slot)
            {
                people.Add(current = new(frame, slot, table.TrackId[row]));
            }

            current.Joints.Add(table.X[row]);
            current.Joints.Add(table.Y[row]);
            current.Joints.Add(table.Confidence[row]);
            joints++;
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
