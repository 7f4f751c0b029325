using PoseBatch.Estimators;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

public class SleapParserTests
{
    private static readonly float[] Peaks = [10, 20, float.NaN, float.NaN, 30, 40];

    private static readonly float[] Values = [0.9f, 0, 0.3f];

    [Fact]
    public void Peaks_are_joints_and_gaps_are_not_found()
    {
        FramePoses poses = new(3);
        PoseParsers.Create(Describe("sleap-single", "peaks", "peak_vals"), [[3, 2], [3]])
            .Parse(new FakeSlot(Peaks, Values), 0, AffineMap.Scale(2, 2, 0.5, 0.5), poses);

        Assert.Equal([new(20.5f, 40.5f, 0.9f), Keypoint.NotFound, new(60.5f, 80.5f, 0.3f)], poses.Keypoints(0).ToArray());
        Assert.Equal(0.4f, poses.Score(0), 1e-6f);
    }

    [Fact]
    public void A_crop_is_read_in_pixels_of_the_crop()
    {
        Keypoint[] keypoints = new Keypoint[3];
        CropParsers.Create(Describe("sleap-centered", "peaks", "peak_vals"), [[3, 2], [3]]).Parse(new FakeSlot(Peaks, Values), 0, keypoints);

        Assert.Equal([new(10, 20, 0.9f), Keypoint.NotFound, new(30, 40, 0.3f)], keypoints);
    }

    [Fact]
    public void Rows_with_a_centroid_are_individuals()
    {
        FramePoses poses = new(3);
        float[] peaks = [.. Peaks, .. new float[6], .. Peaks], values = [.. Values, 0, 0, 0, .. Values];
        PoseParsers.Create(Describe("sleap-topdown", "peaks", "peak_vals", "centroid_vals"), [[3, 3, 2], [3, 3], [3]])
            .Parse(new FakeSlot(peaks, values, [0.8f, 0, 0.6f]), 0, AffineMap.Identity, poses);

        Assert.Equal((2, 0.8f, 0.6f), (poses.Count, poses.Score(0), poses.Score(1)));
        Assert.Equal(new(30, 40, 0.3f), poses.Keypoints(1)[2]);
    }

    [Fact]
    public void Places_that_are_no_numbers_are_no_fault_of_the_network()
    {
        FakePoseModel model = new(Describe("sleap-single", "peaks", "peak_vals"), [[3, 2], [3]], 1, (_, _) => { });
        OutputFinding finding = new();

        new OutputCheck(model).LookAtJoints(new FakeSlot(Peaks, Values), 0, finding);

        Assert.Null(finding.Culprit);
    }

    private static ModelDescription Describe(string family, params string[] roles) =>
        TestModel.Describe(family, new(100, 100), 3, TensorLayout.Plain, roles);
}
