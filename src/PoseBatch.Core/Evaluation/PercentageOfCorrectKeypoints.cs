using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

/// <summary>What a distance is measured by.</summary>
public enum PckLength
{
    /// <summary>Middle of the shoulders to middle of the hips; people without all four are not counted.</summary>
    Torso,

    /// <summary>The longer side of the person's box.</summary>
    Box,
}

/// <summary>How many marked joints were found near enough.</summary>
public sealed record KeypointShare
{
    /// <summary>Share of the joints counted that have their own joint within the limit, 0 to 1; null when none was counted.</summary>
    public double? Pck { get; init; }

    /// <summary>The same for each joint, in the order of names; null where none was counted.</summary>
    public required IReadOnlyList<double?> PerJoint { get; init; }

    /// <summary>Half of the joints counted are nearer than this, pixels; infinite when half were not found, null when none was counted.</summary>
    public double? MedianPixels { get; init; }

    /// <summary>Marked joints of the people counted.</summary>
    public int JointsCounted { get; init; }

    /// <summary>People counted.</summary>
    public int PeopleCounted { get; init; }

    /// <summary>People with a marked joint who could not be measured: no torso, or a torso of no length.</summary>
    public int PeopleLeftOut { get; init; }
}

/// <summary>
/// Percentage of correct keypoints: the share of marked joints whose joint in the matching pose lies within a part of the
/// person's size. Poses and people are matched one to one by falling similarity, so whoever nobody found misses all joints.
/// </summary>
public static class PercentageOfCorrectKeypoints
{
    /// <summary>The joints that a torso is measured by: both shoulders, then both hips.</summary>
    public static IReadOnlyList<string> TorsoJoints { get; } = ["left_shoulder", "right_shoulder", "left_hip", "right_hip"];

    /// <summary>Holds poses against the people marked; crowds are left out.</summary>
    /// <param name="truth">Pictures and people.</param>
    /// <param name="poses">Poses of all pictures, joints in the order of <paramref name="truth"/>.</param>
    /// <param name="share">Largest distance that counts as correct, in lengths; at it is still correct.</param>
    /// <param name="length">The length.</param>
    /// <exception cref="ArgumentException">Torso lengths are asked for where shoulders or hips have no name.</exception>
    public static KeypointShare Measure(AnnotationSet truth, IReadOnlyList<EstimatedPose> poses, double share, PckLength length)
    {
        int[] torso = JointOrder.Places(TorsoJoints, truth.JointNames);
        if (length == PckLength.Torso && torso.Contains(-1))
        {
            throw new ArgumentException("Torso lengths need left and right shoulders and hips.", nameof(length));
        }

        ILookup<long, EstimatedPose> found = poses.ToLookup(pose => pose.ImageId);
        int[] right = new int[truth.JointNames.Count], counted = new int[truth.JointNames.Count];
        List<double> distances = [];
        int people = 0, leftOut = 0;
        foreach (IGrouping<long, AnnotatedPerson> image in truth.People.Where(person => !person.IsCrowd && person.MarkedCount > 0).GroupBy(person => person.ImageId))
        {
            AnnotatedPerson[] marked = [.. image];
            EstimatedPose?[] matches = Match(marked, [.. found[image.Key]], truth.JointNames);
            for (int i = 0; i < marked.Length; i++)
            {
                double unit = length == PckLength.Box ? Math.Max(marked[i].Box.Width, marked[i].Box.Height) : TorsoOf(marked[i].Joints, torso);
                if (!(unit > 0))
                {
                    leftOut++;
                    continue;
                }

                people++;
                for (int joint = 0; joint < counted.Length; joint++)
                {
                    if (marked[i].Joints[joint].IsFound)
                    {
                        double distance = matches[i] is { } pose ? Distance(marked[i].Joints[joint], pose.Joints[joint]) : double.PositiveInfinity;
                        distances.Add(distance);
                        counted[joint]++;
                        right[joint] += distance <= share * unit ? 1 : 0;
                    }
                }
            }
        }

        distances.Sort();
        return new()
        {
            Pck = Share(right.Sum(), distances.Count),
            PerJoint = [.. right.Zip(counted, Share)],
            MedianPixels = distances.Count == 0 ? null : distances[(distances.Count - 1) / 2],
            JointsCounted = distances.Count,
            PeopleCounted = people,
            PeopleLeftOut = leftOut,
        };
    }

    private static double? Share(int part, int whole) => whole == 0 ? null : (double)part / whole;

    /// <summary>The pose of each person, the most similar pair first; ties go to the earlier person, then the earlier pose.</summary>
    private static EstimatedPose?[] Match(AnnotatedPerson[] people, EstimatedPose[] poses, IReadOnlyList<string> names)
    {
        // Joints that COCO does not have get the sigma of a large joint: only the order of pairs depends on it.
        double[] sigmas = [.. names.Select(name => KeypointSigmas.Find(name) ?? 0.079)];
        List<(double Similarity, int Person, int Pose)> pairs = [];
        for (int person = 0; person < people.Length; person++)
        {
            for (int pose = 0; pose < poses.Length; pose++)
            {
                double similarity = KeypointSimilarity.Of(people[person], poses[pose].Joints, sigmas);
                if (similarity > 0)
                {
                    pairs.Add((similarity, person, pose));
                }
            }
        }

        var matches = new EstimatedPose?[people.Length];
        var used = new bool[poses.Length];
        foreach ((_, int person, int pose) in pairs.OrderByDescending(pair => pair.Similarity))
        {
            if (matches[person] is null && !used[pose])
            {
                (matches[person], used[pose]) = (poses[pose], true);
            }
        }

        return matches;
    }

    private static double TorsoOf(IReadOnlyList<Keypoint> joints, int[] torso)
    {
        Keypoint a = joints[torso[0]], b = joints[torso[1]], c = joints[torso[2]], d = joints[torso[3]];
        return double.Hypot(((double)a.X + b.X - c.X - d.X) / 2, ((double)a.Y + b.Y - c.Y - d.Y) / 2);
    }

    private static double Distance(Keypoint one, Keypoint other)
    {
        double distance = double.Hypot((double)one.X - other.X, (double)one.Y - other.Y);
        return double.IsNaN(distance) ? double.PositiveInfinity : distance;
    }
}
