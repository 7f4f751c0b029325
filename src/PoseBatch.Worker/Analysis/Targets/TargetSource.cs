using PoseBatch.Evaluation;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Analysis.Evaluation;

namespace PoseBatch.Worker.Analysis.Targets;

/// <summary>One picture and the people in it, in its own pixels.</summary>
/// <param name="Id">Of the picture: COCO's id, or the index of the frame.</param>
/// <param name="Name">File name of the picture; empty for a frame.</param>
/// <param name="Size">Pixels.</param>
/// <param name="People">Joints of everybody who has one.</param>
internal sealed record TargetPicture(long Id, string Name, PixelSize Size, IReadOnlyList<Keypoint[]> People);

/// <summary>Where targets come from: a result, read frame by frame, or COCO annotations.</summary>
/// <param name="JointNames">Names of the joints.</param>
/// <param name="Bones">Pairs of joints.</param>
/// <param name="Count">Pictures at most, for the progress.</param>
/// <param name="Pictures">The pictures, in order.</param>
internal sealed record TargetSource(
    IReadOnlyList<string> JointNames, IReadOnlyList<(int From, int To)> Bones, long Count, IEnumerable<TargetPicture> Pictures)
{
    /// <summary>Opens a COCO JSON file or a result folder.</summary>
    /// <param name="path">Either.</param>
    /// <param name="leastConfidence">Joints of a result below it are left out.</param>
    /// <exception cref="PoseBatchException">source_missing: neither.</exception>
    public static TargetSource Open(string path, double leastConfidence)
    {
        if (Directory.Exists(path))
        {
            PoseResult result = PoseResult.Open(path);
            return new(result.Skeleton.Keypoints, result.Skeleton.Edges, result.Counts.SourceFrames, EvaluationFiles.InferredFrames(result).Select(frame => new TargetPicture(
                frame.Index, string.Empty, frame.Size ?? default, [.. frame.People.Select(person => Confident(person.Joints, leastConfidence)).Where(HasJoint)])));
        }

        AnnotationSet set = EvaluationFiles.ReadReference(path, 0);
        ILookup<long, AnnotatedPerson> people = set.People.Where(person => !person.IsCrowd).ToLookup(person => person.ImageId);
        return new(set.JointNames, set.Bones, set.Images.Count, set.Images.Select(image => new TargetPicture(
            image.Id, image.FileName, image.Size, [.. people[image.Id].Select(person => person.Joints.ToArray()).Where(HasJoint)])));
    }

    /// <summary>The same people as OpenPose's 18 joints: a neck between the shoulders, where both are there.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: joints are missing.</exception>
    public TargetSource AsOpenPose18()
    {
        Skeleton wanted = Skeletons.OpenPose18;
        int[] places = JointOrder.Places(wanted.Keypoints, JointNames);
        int neck = JointOrder.Places(["neck"], wanted.Keypoints)[0];
        int[] shoulders = JointOrder.Places(["left_shoulder", "right_shoulder"], JointNames);
        string[] missing = [.. wanted.Keypoints.Where((name, joint) => joint != neck && places[joint] < 0)];
        return missing.Length > 0
            ? throw new PoseBatchException(
                ReasonCode.ModelMismatch, $"The source has no {string.Join(", ", missing)}, which openpose-18 needs.", "Leave out --skeleton: the joints are then the source's own.")
            : new(wanted.Keypoints, PoseBatch.Targets.TrainingTargets.OpenPoseLimbs, Count, Pictures.Select(picture => picture with
            {
                People = [.. picture.People.Select(joints => WithNeck(joints, places, places[neck] < 0 ? neck : -1, shoulders))],
            }));
    }

    private static Keypoint[] WithNeck(Keypoint[] joints, int[] places, int neck, int[] shoulders)
    {
        Keypoint[] picked = JointOrder.Pick(joints, places);
        if (neck >= 0)
        {
            Keypoint left = joints[shoulders[0]], right = joints[shoulders[1]];
            picked[neck] = left.IsFound && right.IsFound
                ? new((left.X + right.X) / 2, (left.Y + right.Y) / 2, Math.Min(left.Score, right.Score))
                : Keypoint.NotFound;
        }

        return picked;
    }

    private static Keypoint[] Confident(IReadOnlyList<Keypoint> joints, double least) => [.. joints.Select(joint => joint.IsFound && joint.Score >= least ? joint : Keypoint.NotFound)];

    private static bool HasJoint(Keypoint[] joints) => joints.Any(joint => joint.IsFound);
}
