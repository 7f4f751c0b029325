using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

/// <summary>One picture that people were marked in.</summary>
/// <param name="Id">What annotations and results refer to; the frame's index where the picture is a frame.</param>
/// <param name="FileName">Its file's name; empty for a frame.</param>
/// <param name="Size">Pixels; 0x0 when not stated.</param>
public sealed record AnnotatedImage(long Id, string FileName, PixelSize Size);

/// <summary>One person, or one crowd, marked in a picture.</summary>
public sealed record AnnotatedPerson
{
    /// <summary>The picture's id.</summary>
    public required long ImageId { get; init; }

    /// <summary>One entry per joint of the set: pixels, the score being COCO's visibility (1 hidden, 2 seen).</summary>
    /// <remarks><see cref="Keypoint.NotFound"/> where nobody marked the joint.</remarks>
    public required IReadOnlyList<Keypoint> Joints { get; init; }

    /// <summary>The person's box in pixels.</summary>
    public required BoundingBox Box { get; init; }

    /// <summary>Pixels that the person covers: what distances are measured by, and what tells large people from small ones.</summary>
    public required double Area { get; init; }

    /// <summary>A region of many people: poses found in it are neither right nor wrong.</summary>
    public bool IsCrowd { get; init; }

    /// <summary>Joints that were marked.</summary>
    public int MarkedCount => Joints.Count(joint => joint.IsFound);
}

/// <summary>Pictures and the people marked in them: what results are held against.</summary>
/// <param name="JointNames">Names of the joints in their order.</param>
/// <param name="Images">All pictures, those without anybody among them.</param>
/// <param name="People">All people of all pictures.</param>
public sealed record AnnotationSet(
    IReadOnlyList<string> JointNames, IReadOnlyList<AnnotatedImage> Images, IReadOnlyList<AnnotatedPerson> People)
{
    /// <summary>Bones as pairs of joints; empty when not stated.</summary>
    public IReadOnlyList<(int From, int To)> Bones { get; init; } = [];

    /// <summary>The same people with only these joints, in this order, and without bones.</summary>
    /// <param name="joints">Names; each one of <see cref="JointNames"/>.</param>
    public AnnotationSet WithJoints(IReadOnlyList<string> joints)
    {
        int[] places = JointOrder.Places(joints, JointNames);
        return this with { JointNames = joints, Bones = [], People = [.. People.Select(person => person with { Joints = JointOrder.Pick(person.Joints, places) })] };
    }
}

/// <summary>One pose that an estimator found in a picture.</summary>
/// <param name="ImageId">The picture's id.</param>
/// <param name="Score">What poses of all pictures are ranked by.</param>
/// <param name="Joints">One per joint; <see cref="Keypoint.NotFound"/> where the estimator gives no position.</param>
public sealed record EstimatedPose(long ImageId, double Score, IReadOnlyList<Keypoint> Joints);

/// <summary>Carries joints from one order of names to another.</summary>
public static class JointOrder
{
    /// <summary>For each wanted name its place among the given ones; -1 where it is not there.</summary>
    public static int[] Places(IReadOnlyList<string> wanted, IReadOnlyList<string> given)
    {
        Dictionary<string, int> known = [];
        for (int i = 0; i < given.Count; i++)
        {
            known.TryAdd(given[i], i);
        }

        return [.. wanted.Select(name => known.GetValueOrDefault(name, -1))];
    }

    /// <summary>The joints at these places; <see cref="Keypoint.NotFound"/> at -1.</summary>
    public static Keypoint[] Pick(IReadOnlyList<Keypoint> joints, IReadOnlyList<int> places) =>
        [.. places.Select(place => place < 0 ? Keypoint.NotFound : joints[place])];
}
