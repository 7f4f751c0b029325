using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class OpenPosePafGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("openpose_paf");

    [Theory]
    [MemberData(nameof(Cases))]
    public void People_are_assembled_as_OpenPose_does(string name)
    {
        GoldenCase golden = GoldenVectors.Open("openpose_paf", name);
        PafSkeleton skeleton = golden.Params.GetProperty("model").GetString() == "BODY_25" ? PafSkeleton.Body25
            : PafSkeleton.Coco18;
        int[] shape = golden.Shape("maps");
        HeatmapShape parts = new(skeleton.PartCount + 1, shape[1], shape[2], TensorLayout.Nchw);
        OpenPosePaf parser = new(
            skeleton, parts, parts with { Channels = skeleton.FieldCount }, golden.Params.GetProperty("upsample").GetInt32(),
            new()
            {
                NmsThreshold = golden.Params.GetProperty("nms_threshold").GetSingle(),
                MinShareAbove = golden.Params.GetProperty("inter_min_above_threshold").GetSingle(),
                InterThreshold = golden.Params.GetProperty("inter_threshold").GetSingle(),
                MinCount = golden.Params.GetProperty("min_subset_cnt").GetInt32(),
                MinScore = golden.Params.GetProperty("min_subset_score").GetSingle(),
                PeakOffset = golden.Params.GetProperty("peak_offset").GetSingle(),
                CountsFeet = golden.Params.GetProperty("maximize_positives").GetInt32() != 0,
                MaxPeaks = golden.Params.GetProperty("max_peaks").GetInt32(),
            });
        float[] maps = golden.Tensor("maps");
        double scale = golden.Params.GetProperty("scale_net_to_output").GetDouble();
        FramePoses poses = new(skeleton.PartCount);

        parser.Parse(maps, maps.AsSpan(parts.Count), AffineMap.Scale(scale, scale, 0, 0), poses);

        ComparePeaks(golden, parser, skeleton.PartCount);
        int person = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("people").EnumerateArray())
        {
            Assert.True(person < poses.Count, $"{poses.Count} people");
            Near.Equal(expected.GetProperty("score").GetDouble(), poses.Score(person), golden.Tolerance("abs_score"),
                $"score of person {person}");
            for (int part = 0; part < skeleton.PartCount; part++)
            {
                double[] point = GoldenCase.Numbers(expected.GetProperty("keypoints")[part]);
                Keypoint actual = poses.Keypoints(person)[part];
                if (point is [0, 0, 0])
                {
                    Assert.Equal(Keypoint.NotFound, actual);
                    continue;
                }

                Near.Equal(point[0], actual.X, golden.Tolerance("abs_px"), $"x of part {part} of person {person}");
                Near.Equal(point[1], actual.Y, golden.Tolerance("abs_px"), $"y of part {part} of person {person}");
                Near.Equal(point[2], actual.Score, golden.Tolerance("abs_score"), $"score of part {part} of person {person}");
            }

            person++;
        }

        Assert.Equal(person, poses.Count);
    }

    private static void ComparePeaks(GoldenCase golden, OpenPosePaf parser, int partCount)
    {
        for (int part = 0; part < partCount; part++)
        {
            JsonElement expected = golden.Expected.GetProperty("peaks")[part];
            Assert.Equal(expected.GetArrayLength(), parser.Peaks(part).Length);
            for (int peak = 0; peak < parser.Peaks(part).Length; peak++)
            {
                double[] point = GoldenCase.Numbers(expected[peak]);
                Near.Equal(point[0], parser.Peaks(part)[peak].X, golden.Tolerance("abs_px"), $"x of peak {peak} of part {part}");
                Near.Equal(point[1], parser.Peaks(part)[peak].Y, golden.Tolerance("abs_px"), $"y of peak {peak} of part {part}");
                Near.Equal(point[2], parser.Peaks(part)[peak].Score, golden.Tolerance("abs_score"),
                    $"score of peak {peak} of part {part}");
            }
        }
    }
}
