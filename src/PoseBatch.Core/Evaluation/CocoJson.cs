using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

/// <summary>Reads COCO's two JSON formats for keypoints: annotations (<c>person_keypoints_*.json</c>) and results.</summary>
/// <remarks>COCO's pixels are ours: coordinate 0 is the centre of the first pixel (docs/spec, 1.1).</remarks>
public static class CocoJson
{
    /// <summary>Reads annotations of the category <c>person</c>, or of the only category that has keypoints.</summary>
    /// <param name="json">The whole file.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="PoseBatchException">source_missing: no such file; the message says which part of it is wrong.</exception>
    public static AnnotationSet ReadAnnotations(ReadOnlyMemory<byte> json, string source) => Read(json, source, "annotations", root =>
    {
        (long category, string[] names, (int, int)[] bones) = PersonCategory(root, source);
        List<AnnotatedImage> images = [.. root.GetProperty("images").EnumerateArray().Select(ReadImage)];
        List<AnnotatedPerson> people = [.. root.GetProperty("annotations").EnumerateArray()
            .Where(entry => !entry.TryGetProperty("category_id", out JsonElement own) || own.GetInt64() == category)
            .Select(entry => ReadPerson(entry, names.Length))];
        HashSet<long> known = [.. images.Select(image => image.Id)];
        return known.Count != images.Count
            ? throw new FormatException("two images have one id")
            : people.FirstOrDefault(person => !known.Contains(person.ImageId)) is { } lost
                ? throw new FormatException($"an annotation belongs to image {lost.ImageId}, which is not listed")
                : new AnnotationSet(names, images, people) { Bones = bones };
    });

    /// <summary>Reads results: a list of <c>image_id</c>, <c>keypoints</c> and <c>score</c>.</summary>
    /// <param name="json">The whole file.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <param name="jointCount">Joints per pose that are expected.</param>
    /// <exception cref="PoseBatchException">source_missing: no such file; the message says which part of it is wrong.</exception>
    public static IReadOnlyList<EstimatedPose> ReadResults(ReadOnlyMemory<byte> json, string source, int jointCount) => Read(
        json, source, "results", root => (IReadOnlyList<EstimatedPose>)[.. root.EnumerateArray().Select(entry => new EstimatedPose(
            entry.GetProperty("image_id").GetInt64(), entry.GetProperty("score").GetDouble(),
            ReadJoints(entry.GetProperty("keypoints"), jointCount, isResult: true)))]);

    private static T Read<T>(ReadOnlyMemory<byte> json, string source, string kind, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new PoseBatchException(
                ReasonCode.SourceMissing,
                $"{source} does not hold COCO keypoint {kind}: {fault.Message}",
                kind == "annotations"
                    ? "It should be an object with images, annotations and categories, as person_keypoints_val2017.json is."
                    : "It should be a list of objects with image_id, keypoints and score.",
                fault);
        }
    }

    private static (long Id, string[] Names, (int From, int To)[] Bones) PersonCategory(JsonElement root, string source)
    {
        JsonElement[] withJoints = [.. root.GetProperty("categories").EnumerateArray().Where(entry => entry.TryGetProperty("keypoints", out _))];
        JsonElement[] person = [.. withJoints.Where(entry => entry.GetProperty("name").GetString() == "person")];
        JsonElement chosen = person is [var only] ? only : withJoints is [var single] ? single
            : throw new FormatException($"{source} has {withJoints.Length} categories with keypoints and none of them alone is 'person'");
        string[] names = [.. chosen.GetProperty("keypoints").EnumerateArray().Select(name => name.GetString()!)];

        // COCO counts joints from 1.
        (int From, int To)[] bones = chosen.TryGetProperty("skeleton", out JsonElement pairs)
            ? [.. pairs.EnumerateArray().Select(pair => (pair[0].GetInt32() - 1, pair[1].GetInt32() - 1))]
            : [];
        return bones.All(bone => Math.Min(bone.From, bone.To) >= 0 && Math.Max(bone.From, bone.To) < names.Length)
            ? (chosen.GetProperty("id").GetInt64(), names, bones)
            : throw new FormatException($"the skeleton names joints beyond the {names.Length} keypoints");
    }

    private static AnnotatedImage ReadImage(JsonElement entry) => new(
        entry.GetProperty("id").GetInt64(),
        entry.TryGetProperty("file_name", out JsonElement name) ? name.GetString() ?? string.Empty : string.Empty,
        new(Whole(entry, "width"), Whole(entry, "height")));

    private static AnnotatedPerson ReadPerson(JsonElement entry, int jointCount)
    {
        Keypoint[] joints = entry.TryGetProperty("keypoints", out JsonElement numbers)
            ? ReadJoints(numbers, jointCount, isResult: false)
            : [.. Enumerable.Repeat(Keypoint.NotFound, jointCount)];
        double[] box = entry.TryGetProperty("bbox", out JsonElement sides) ? [.. sides.EnumerateArray().Select(side => side.GetDouble())] : [];
        BoundingBox bounds = box is [var x, var y, var width, var height]
            ? new((float)x, (float)y, (float)(x + width), (float)(y + height))
            : BoxOfJoints.Around(joints);
        return new()
        {
            ImageId = entry.GetProperty("image_id").GetInt64(),
            Joints = joints,
            Box = bounds,
            Area = entry.TryGetProperty("area", out JsonElement area) ? area.GetDouble() : (double)bounds.Width * bounds.Height,
            IsCrowd = entry.TryGetProperty("iscrowd", out JsonElement crowd) && crowd.GetInt32() != 0,
        };
    }

    private static Keypoint[] ReadJoints(JsonElement numbers, int jointCount, bool isResult)
    {
        double[] values = [.. numbers.EnumerateArray().Select(number => number.GetDouble())];
        if (values.Length != 3 * jointCount)
        {
            throw new FormatException($"{values.Length} numbers are not x, y and visibility of {jointCount} joints");
        }

        // In annotations visibility 0 means not marked. In results the third number is a confidence or a constant, and a
        // joint that was not found is 0, 0.
        return [.. values.Chunk(3).Select(joint => (isResult ? joint[0] == 0 && joint[1] == 0 : !(joint[2] > 0))
            ? Keypoint.NotFound
            : new Keypoint((float)joint[0], (float)joint[1], (float)joint[2]))];
    }

    private static int Whole(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement number) ? number.GetInt32() : 0;
}
