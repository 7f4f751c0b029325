using System.Text.Json;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Export;

/// <summary>
/// <c>openpose-json</c>: a folder with one file per inferred frame, named as OpenPose names them
/// (<c>stem_000000000012_keypoints.json</c>), holding <c>people[].pose_keypoints_2d</c> as x, y, confidence in pixels, joints
/// in the skeleton's order. In this format <c>0, 0, 0</c> says that a joint was not found, and <c>person_id</c> -1 that nobody
/// was tracked. A frame without people has a file with none; a frame that was not inferred has no file.
/// </summary>
internal sealed class OpenPoseExport : IResultExport
{
    // What OpenPose writes and we have nothing for; readers expect the names.
    private static readonly string[] Empty =
        ["face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d", "pose_keypoints_3d", "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d"];

    public string Name => "openpose-json";

    public string Suffix(PoseResult result) => ".openpose";

    public IReadOnlyList<string> Write(PoseResult result, string path, ExportOptions options, CancellationToken cancellation)
    {
        Directory.CreateDirectory(path);
        string stem = Path.GetFileNameWithoutExtension(result.SourceName);
        foreach (ResultFrame frame in result.ReadFrames(cancellation))
        {
            if (frame.IsInferred)
            {
                using FileStream file = new(Path.Combine(path, FormattableString.Invariant($"{stem}_{frame.Index:D12}_keypoints.json")), FileMode.CreateNew, FileAccess.Write);
                using Utf8JsonWriter json = new(file);
                WriteFrame(json, frame);
            }
        }

        return result.Skeleton.Name == Skeletons.OpenPose18.Name
            ? []
            : [$"The joints are in the order of {result.Skeleton.Name}, {result.Skeleton.KeypointCount} per person: tell the reader, as files of this format carry no names."];
    }

    private static void WriteFrame(Utf8JsonWriter json, ResultFrame frame)
    {
        json.WriteStartObject();
        json.WriteNumber("version", 1.3);
        json.WriteStartArray("people");
        foreach (ResultPerson person in frame.People)
        {
            json.WriteStartObject();
            json.WriteStartArray("person_id");
            json.WriteNumberValue(person.TrackId ?? -1);
            json.WriteEndArray();
            json.WriteStartArray("pose_keypoints_2d");
            foreach (Keypoint joint in person.Joints)
            {
                json.WriteNumberValue(joint.IsFound ? joint.X : 0);
                json.WriteNumberValue(joint.IsFound ? joint.Y : 0);
                json.WriteNumberValue(joint.IsFound ? joint.Score : 0);
            }

            json.WriteEndArray();
            foreach (string name in Empty)
            {
                json.WriteStartArray(name);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
