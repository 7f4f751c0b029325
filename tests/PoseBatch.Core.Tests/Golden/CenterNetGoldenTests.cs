using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class CenterNetGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("centernet_pose");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Joints_snap_to_peaks_as_in_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("centernet_pose", name);
        int joints = golden.Params.GetProperty("num_keypoints").GetInt32();
        HeatmapShape grid = new(joints, golden.Params.GetProperty("h").GetInt32(), golden.Params.GetProperty("w").GetInt32(),
            TensorLayout.Nchw);
        bool hasHeat = golden.Params.GetProperty("with_hm_hp").GetBoolean(),
        hasOffset = golden.Params.GetProperty("with_hp_offset").GetBoolean();
        FramePoses poses = new(joints, capacity: 1);

        new CenterNet(grid, new()
        {
            TopK = golden.Params.GetProperty("top_k").GetInt32(),
            JointThreshold = golden.Params.GetProperty("joint_threshold").GetSingle(),
            CenterThreshold = golden.Params.GetProperty("center_threshold_of_the_expected").GetSingle(),
        }).Parse(
            new()
            {
                Centers = golden.Tensor("hm"),
                Sizes = golden.Tensor("wh"),
                Joints = golden.Tensor("hps"),
                CenterOffsets = golden.Tensor("reg"),
                JointHeat = hasHeat ? golden.Tensor("hm_hp") : [],
                JointOffsets = hasOffset ? golden.Tensor("hp_offset") : [],
            },
            AffineMap.Identity,
            poses);

        int person = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("detections").EnumerateArray())
        {
            Assert.True(person < poses.Count, $"{poses.Count} people");
            Near.Equal(expected.GetProperty("score").GetDouble(), poses.Score(person), golden.Tolerance("abs_score"),
                $"score of person {person}");
            GoldenPicture.Compare(
                GoldenCase.Numbers(expected.GetProperty("box")), poses.Box(person), golden.Tolerance("abs_cell"),
                $"box of person {person}");
            for (int joint = 0; joint < joints; joint++)
            {
                double[] point = GoldenCase.Numbers(expected.GetProperty("keypoints")[joint]);
                Near.Equal(point[0], poses.Keypoints(person)[joint].X, golden.Tolerance("abs_cell"),
                    $"x of joint {joint} of person {person}");
                Near.Equal(point[1], poses.Keypoints(person)[joint].Y, golden.Tolerance("abs_cell"),
                    $"y of joint {joint} of person {person}");
            }

            person++;
        }

        Assert.Equal(person, poses.Count);
    }
}
