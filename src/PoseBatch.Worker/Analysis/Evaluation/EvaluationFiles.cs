using System.Text.Json;
using PoseBatch.Evaluation;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Evaluation;

/// <summary>Poses and the names of their joints.</summary>
internal sealed record PoseList(IReadOnlyList<string> JointNames, IReadOnlyList<EstimatedPose> Poses);

/// <summary>Reads what an evaluation compares: COCO JSON and results.</summary>
internal static class EvaluationFiles
{
    /// <summary>Pictures and people from a COCO JSON file, or from a result, whose frames are then the pictures.</summary>
    /// <param name="path">A <c>.json</c> file or a result folder.</param>
    /// <param name="leastConfidence">Joints of a result below it do not count as marked.</param>
    /// <exception cref="PoseBatchException">source_missing: neither of the two.</exception>
    public static AnnotationSet ReadReference(string path, double leastConfidence)
    {
        if (!Directory.Exists(path))
        {
            return CocoJson.ReadAnnotations(BytesOf(path), path);
        }

        PoseResult result = PoseResult.Open(path);
        List<AnnotatedImage> images = [];
        List<AnnotatedPerson> people = [];
        foreach (ResultFrame frame in InferredFrames(result))
        {
            images.Add(new(frame.Index, string.Empty, frame.Size ?? default));
            people.AddRange(frame.People.Select(person => MarkedBy(person, frame.Index, leastConfidence)));
        }

        return new(result.Skeleton.Keypoints, images, people);
    }

    /// <summary>Poses from a COCO results file, from one result, or from a folder of results.</summary>
    /// <param name="path">A <c>.json</c> file, a result folder, or a folder of result folders.</param>
    /// <param name="truth">What they are held against: a result whose source is one of its pictures belongs to that picture.</param>
    /// <exception cref="PoseBatchException">source_missing: none of them, or poses that belong to no picture.</exception>
    public static PoseList ReadPoses(string path, AnnotationSet truth)
    {
        if (!Directory.Exists(path))
        {
            return new(truth.JointNames, CocoJson.ReadResults(BytesOf(path), path, truth.JointNames.Count));
        }

        string[] folders = PoseResult.IsAt(path)
            ? [path]
            : [.. Directory.EnumerateDirectories(path).Where(PoseResult.IsAt).Order(StringComparer.Ordinal)];
        if (folders.Length == 0)
        {
            throw new PoseBatchException(ReasonCode.SourceMissing, $"{path} holds no result.", "Name the folder that holds manifest.json.");
        }

        Dictionary<string, long> images = [];
        foreach (AnnotatedImage image in truth.Images.Where(image => image.FileName.Length > 0))
        {
            images.TryAdd(Path.GetFileName(image.FileName), image.Id);
        }

        HashSet<long> known = [.. truth.Images.Select(image => image.Id)];
        IReadOnlyList<string>? names = null;
        List<EstimatedPose> poses = [];
        foreach (string folder in folders)
        {
            PoseResult result = PoseResult.Open(folder);
            names ??= result.Skeleton.Keypoints;
            if (!names.SequenceEqual(result.Skeleton.Keypoints))
            {
                throw new PoseBatchException(ReasonCode.SourceMissing, $"{folder} has other joints than {folders[0]}: results of one model are compared at a time.");
            }

            bool isPicture = images.TryGetValue(result.SourceId, out long picture);
            if (!isPicture && folders.Length > 1)
            {
                throw new PoseBatchException(
                    ReasonCode.SourceMissing,
                    $"{folder} is the result of '{result.SourceId}', which is no file_name of the annotations.",
                    "Name results of those pictures only, or one result whose frame numbers are the ids of the pictures.");
            }

            foreach (ResultFrame frame in InferredFrames(result))
            {
                long image = isPicture ? picture : frame.Index;
                if (known.Contains(image))
                {
                    poses.AddRange(frame.People.Select(person => new EstimatedPose(image, person.Score, [.. person.Joints.Select(joint => joint.IsFound ? joint : Keypoint.NotFound)])));
                }
            }
        }

        return new(names!, poses);
    }

    /// <summary>The frames that the model saw, those without anybody among them.</summary>
    public static IEnumerable<ResultFrame> InferredFrames(PoseResult result) => result.ReadFrames(CancellationToken.None).Where(frame => frame.IsInferred);

    /// <summary>Writes poses in COCO's results format; joints that were not found are 0, 0, 0.</summary>
    public static void WriteResults(string path, IReadOnlyList<EstimatedPose> poses)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file);
        json.WriteStartArray();
        foreach (EstimatedPose pose in poses)
        {
            json.WriteStartObject();
            json.WriteNumber("image_id", pose.ImageId);
            json.WriteNumber("category_id", 1);
            json.WriteStartArray("keypoints");
            foreach (Keypoint joint in pose.Joints)
            {
                json.WriteNumberValue(joint.IsFound ? joint.X : 0);
                json.WriteNumberValue(joint.IsFound ? joint.Y : 0);
                json.WriteNumberValue(joint.IsFound ? joint.Score : 0);
            }

            json.WriteEndArray();
            json.WriteNumber("score", pose.Score);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static AnnotatedPerson MarkedBy(ResultPerson person, int frame, double leastConfidence)
    {
        Keypoint[] joints = [.. person.Joints.Select(joint =>
            joint.IsFound && joint.Score >= leastConfidence ? joint with { Score = 2 } : Keypoint.NotFound)];
        BoundingBox box = person.Box.IsKnown ? person.Box : BoxOfJoints.Around(joints);
        return new()
        {
            ImageId = frame,
            Joints = joints,
            Box = box,
            Area = box.IsKnown ? (double)box.Width * box.Height : 0,
        };
    }

    private static byte[] BytesOf(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(
                ReasonCode.SourceMissing, $"{path} cannot be read: {fault.Message}", "Name a COCO JSON file or a result folder.", fault);
        }
    }
}
