using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Analysis.Export;

/// <summary>
/// <c>coco-json</c>: one COCO keypoint data set (cocodataset.org, "Data format"): images, annotations, one category. An
/// image is an inferred frame and its id the frame's index; annotations count from 1 and carry <c>score</c>,
/// <c>track_id</c> and <c>keypoint_scores</c> besides. A joint that was not found is <c>0, 0, 0</c>, as the format has it
/// for "not labelled"; one that was found has visibility 2.
/// </summary>
internal sealed class CocoExport : IResultExport
{
    private const int Person = 1;
    private const int FlushBytes = 1 << 16;

    public string Name => "coco-json";

    public string Suffix(PoseResult result) => ".coco.json";

    public IReadOnlyList<string> Write(PoseResult result, string path, ExportOptions options, CancellationToken cancellation)
    {
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
        using Utf8JsonWriter json = new(file, JsonLine.Options);
        json.WriteStartObject();
        WriteInfo(json, result);
        json.WriteStartArray("licenses");
        json.WriteEndArray();
        WriteCategory(json, result.Skeleton);
        json.WriteStartArray("images");
        foreach (LedgerFrame frame in result.ReadLedger(cancellation))
        {
            if (frame.IsInferred)
            {
                WriteImage(json, result, frame);
                Flush(json);
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("annotations");
        long id = 0;
        foreach (ResultFrame frame in result.ReadFrames(cancellation))
        {
            foreach (ResultPerson person in frame.People)
            {
                WriteAnnotation(json, ++id, frame, person);
            }

            Flush(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        return [];
    }

    private static void Flush(Utf8JsonWriter json)
    {
        if (json.BytesPending > FlushBytes)
        {
            json.Flush();
        }
    }

    private static void WriteInfo(Utf8JsonWriter json, PoseResult result)
    {
        json.WriteStartObject("info");
        json.WriteString("description", $"Poses found in {result.SourceId}, result {result.Name}");
        json.WriteString("version", "1.0");
        json.WriteString("model", result.Section("model").GetProperty("name").GetString());
        json.WriteEndObject();
    }

    // The format counts joints of a bone from 1.
    private static void WriteCategory(Utf8JsonWriter json, Skeleton skeleton)
    {
        json.WriteStartArray("categories");
        json.WriteStartObject();
        json.WriteNumber("id", Person);
        json.WriteString("name", "person");
        json.WriteString("supercategory", "person");
        json.WriteStartArray("keypoints");
        foreach (string joint in skeleton.Keypoints)
        {
            json.WriteStringValue(joint);
        }

        json.WriteEndArray();
        json.WriteStartArray("skeleton");
        foreach ((int from, int to) in skeleton.Edges)
        {
            json.WriteStartArray();
            json.WriteNumberValue(from + 1);
            json.WriteNumberValue(to + 1);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteImage(Utf8JsonWriter json, PoseResult result, LedgerFrame frame)
    {
        json.WriteStartObject();
        json.WriteNumber("id", frame.Index);
        json.WriteString("file_name", FormattableString.Invariant($"frame-{frame.Index:D6}.png"));
        json.WriteNumber("width", (frame.Size ?? result.DisplaySize).Width);
        json.WriteNumber("height", (frame.Size ?? result.DisplaySize).Height);
        json.WriteString("video", result.SourceId);
        json.WriteNumber("frame", frame.Index);
        json.WriteNumber("time", frame.Seconds);
        json.WriteEndObject();
    }

    private static void WriteAnnotation(Utf8JsonWriter json, long id, ResultFrame frame, ResultPerson person)
    {
        Keypoint[] found = [.. person.Joints.Where(joint => joint.IsFound)];
        BoundingBox box = person.Box.IsKnown ? person.Box
            : found.Length > 0 ? new(found.Min(joint => joint.X), found.Min(joint => joint.Y), found.Max(joint => joint.X), found.Max(joint => joint.Y))
            : default;
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteNumber("image_id", frame.Index);
        json.WriteNumber("category_id", Person);
        json.WriteNumber("iscrowd", 0);
        json.WriteNumber("score", person.Score);
        if (person.TrackId is { } track)
        {
            json.WriteNumber("track_id", track);
        }

        json.WriteNumber("num_keypoints", found.Length);
        json.WriteStartArray("keypoints");
        foreach (Keypoint joint in person.Joints)
        {
            json.WriteNumberValue(joint.IsFound ? joint.X : 0);
            json.WriteNumberValue(joint.IsFound ? joint.Y : 0);
            json.WriteNumberValue(joint.IsFound ? 2 : 0);
        }

        json.WriteEndArray();
        json.WriteStartArray("keypoint_scores");
        foreach (Keypoint joint in person.Joints)
        {
            json.WriteNumberValue(joint.Score);
        }

        json.WriteEndArray();
        json.WriteStartArray("bbox");
        json.WriteNumberValue(box.XMin);
        json.WriteNumberValue(box.YMin);
        json.WriteNumberValue(box.Width);
        json.WriteNumberValue(box.Height);
        json.WriteEndArray();
        json.WriteNumber("area", (double)box.Width * box.Height);
        json.WriteEndObject();
    }
}
