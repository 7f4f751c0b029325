using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Onnx;

/// <summary>The poses of a result's keypoint table, by frame and person.</summary>
internal static class ResultPoses
{
    /// <summary>One joint; not a number where the table has no position.</summary>
    public readonly record struct Joint(double X, double Y, double Confidence);

    /// <summary>Frames with somebody in them: each person's joints in the order of the skeleton, people by falling score.</summary>
    public static SortedDictionary<int, List<Joint[]>> Read(string result, int jointCount)
    {
        SortedDictionary<int, List<Joint[]>> frames = [];
        using ParquetFileReader file = new(Path.Combine(result, "keypoints.parquet"));
        TableBlock block = file.CreateBlock();
        for (int group = 0; group < file.RowGroups.Count; group++)
        {
            file.Read(group, block);
            ColumnBuffer<float> x = block.Column<float>("x"), y = block.Column<float>("y");
            for (int row = 0; row < block.RowCount; row++)
            {
                int frame = block.Column<int>("frame").Values[row], person = block.Column<int>("person").Values[row];
                if (!frames.TryGetValue(frame, out List<Joint[]>? people))
                {
                    frames.Add(frame, people = []);
                }

                while (people.Count <= person)
                {
                    people.Add(new Joint[jointCount]);
                }

                people[person][block.Column<int>("keypoint_id").Values[row]] = x.IsNull(row)
                    ? new(double.NaN, double.NaN, 0)
                    : new(x.Values[row], y.Values[row], block.Column<float>("confidence").Values[row]);
            }
        }

        return frames;
    }

    /// <summary>For each joint of one skeleton its index in another, -1 where that has none of its name.</summary>
    public static int[] Places(Poses.Skeleton of, Poses.Skeleton within) =>
        [.. of.Keypoints.Select(name => within.Keypoints.ToList().IndexOf(name))];

    /// <summary>
    /// The first person of each frame against reference joints: the median distance of the joints found, and the share of all
    /// reference joints with one within 0.2 torso lengths (mid-shoulder to mid-hip of the reference).
    /// </summary>
    /// <param name="frames">From <see cref="Read"/>.</param>
    /// <param name="truth">Frame, joint of COCO-17, x and y.</param>
    /// <param name="places">Where each reference joint stands among those of <paramref name="frames"/>.</param>
    public static (double Median, double Pck) Against(
        IReadOnlyDictionary<int, List<Joint[]>> frames, double[][][] truth, int[] places)
    {
        List<double> distances = [];
        int near = 0;
        for (int frame = 0; frame < truth.Length; frame++)
        {
            double[][] pose = truth[frame];
            double torso = double.Hypot(Middle(pose, 5, 0) - Middle(pose, 11, 0), Middle(pose, 5, 1) - Middle(pose, 11, 1));
            for (int joint = 0; joint < pose.Length && frames.TryGetValue(frame, out List<Joint[]>? people); joint++)
            {
                Joint found = people[0][places[joint]];
                double distance = double.Hypot(found.X - pose[joint][0], found.Y - pose[joint][1]);
                if (double.IsFinite(distance))
                {
                    distances.Add(distance);
                    near += distance <= 0.2 * torso ? 1 : 0;
                }
            }
        }

        distances.Sort();
        return (distances[distances.Count / 2], (double)near / (truth.Length * truth[0].Length));
    }

    private static double Middle(double[][] pose, int left, int axis) => (pose[left][axis] + pose[left + 1][axis]) / 2;
}
