using System.Text.Json;
using PoseBatch.Evaluation;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>The exact joints of a generated clip, as annotations whose pictures are its frames.</summary>
internal static class DemoTruth
{
    private const float Seen = 2;   // COCO's visibility

    /// <summary>Reads the file beside the clip. Joints in the picture are marked, whether seen or hidden behind something.</summary>
    /// <exception cref="InvalidDataException">It is not such a file.</exception>
    public static AnnotationSet Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            PixelSize size = new(root.GetProperty("width").GetInt32(), root.GetProperty("height").GetInt32());
            JsonElement[] frames = [.. root.GetProperty("frames").EnumerateArray()];
            return new(
                [.. root.GetProperty("joints").EnumerateArray().Select(name => name.GetString()!)],
                [.. frames.Select((_, index) => new AnnotatedImage(index, string.Empty, size))],
                [.. frames.SelectMany((frame, index) => frame.GetProperty("persons").EnumerateArray().Select(person => PersonOf(person, index)))]);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{path}' does not hold the joints of a clip: {fault.Message}", fault);
        }
    }

    private static AnnotatedPerson PersonOf(JsonElement person, int frame)
    {
        Keypoint[] joints = [.. person.EnumerateArray().Select(joint => joint[2].GetInt32() > 0 ? new Keypoint(joint[0].GetSingle(), joint[1].GetSingle(), Seen) : Keypoint.NotFound)];
        BoundingBox box = BoxOfJoints.Around(joints);
        return new() { ImageId = frame, Joints = joints, Box = box, Area = box.IsKnown ? (double)box.Width * box.Height : 0 };
    }
}
