using System.Text.Json;
using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Cli;

/// <summary>How far a result's first person is from reference joints of the same video.</summary>
internal static class Accuracy
{
    /// <summary>Median distance in pixels, and the share of joints within 0.2 torso lengths (mid-shoulder to mid-hip of the reference).</summary>
    public static (double Median, double Pck) Against(string referenceFile, string result)
    {
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(referenceFile));
        double[][][] truth = [.. reference.RootElement.GetProperty("frames").EnumerateArray()
            .Select(frame => frame.EnumerateArray().Select(joint => joint.EnumerateArray().Select(value => value.GetDouble()).ToArray()).ToArray())];
        using ParquetFileReader file = new(Path.Combine(result, "keypoints.parquet"));
        TableBlock block = file.CreateBlock();
        List<double> distances = [];
        int near = 0;
        for (int group = 0; group < file.RowGroups.Count; group++)
        {
            file.Read(group, block);
            for (int row = 0; row < block.RowCount; row++)
            {
                if (block.Column<int>("person").Values[row] != 0)
                {
                    continue;
                }

                double[][] pose = truth[block.Column<int>("frame").Values[row]];
                double[] joint = pose[block.Column<int>("keypoint_id").Values[row]];
                ColumnBuffer<float> x = block.Column<float>("x");
                double distance = x.IsNull(row)
                    ? double.PositiveInfinity
                    : double.Hypot(x.Values[row] - joint[0], block.Column<float>("y").Values[row] - joint[1]);
                double torso = double.Hypot(Middle(pose, 5, 0) - Middle(pose, 11, 0), Middle(pose, 5, 1) - Middle(pose, 11, 1));
                distances.Add(distance);
                near += distance <= 0.2 * torso ? 1 : 0;
            }
        }

        distances.Sort();
        return (distances[distances.Count / 2], (double)near / (truth.Length * truth[0].Length));
    }

    private static double Middle(double[][] pose, int left, int axis) => (pose[left][axis] + pose[left + 1][axis]) / 2;
}
