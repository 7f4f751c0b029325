using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Shared;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>In a circle: a spot is painted into a frame, the fake network finds it in its crop, and it must come back to where it was.</summary>
public class CropRegionEstimatorTests
{
    private const int Side = 64;
    private static readonly PixelSize FrameSize = new(320, 240);

    [Theory]
    [InlineData(0.0, 0.0, 1.0, 1.0)]
    [InlineData(0.3, 0.2, 0.8, 0.9)]
    [InlineData(-0.2, -0.5, 0.9, 1.5)]
    public void A_joint_comes_back_to_where_it_was_painted_whatever_the_region(double left, double top, double right, double bottom)
    {
        using IPoseEstimator estimator = PoseEstimators.Create(Network(), null, followsPerson: true);

        Frame frame = Estimate(estimator, new(left, top, right, bottom), 180, 130);

        Keypoint joint = frame.Poses.Keypoints(0)[0];
        Assert.True(estimator.NeedsRegion);
        Assert.Equal(180, joint.X, 0.3);
        Assert.Equal(130, joint.Y, 0.3);
    }

    [Fact]
    public void The_corners_of_the_region_are_the_outermost_pixels_of_the_input_and_outside_is_black()
    {
        float[] seen = [];
        using IPoseEstimator estimator = new CropRegionEstimator(Network(input => seen = input.ToArray()));

        Estimate(estimator, new(-0.5, 0, 0.5, 1), 0, 120);   // the spot is on the left edge: half-way into the input

        Assert.All(Enumerable.Range(0, (Side / 2) - 1), x => Assert.Equal(0, seen[((Side / 2) * Side) + x]));
        Assert.True(seen[((Side / 2) * Side) + (Side / 2)] > 100);
    }

    [Theory]
    [InlineData("movenet-multi", true)]
    [InlineData("posenet", true)]
    [InlineData("movenet-points", false)]
    public void Only_a_network_of_one_person_with_the_joints_of_COCO_can_follow_one(string family, bool isCoco)
    {
        ModelDescription model = Some.Model() with { Family = family, Skeleton = isCoco ? Skeletons.Coco17 : Skeletons.OpenPose18 };

        PoseBatchException refusal = Assert.Throws<PoseBatchException>(() => PoseEstimators.CheckCropRegion(model));

        Assert.Contains(family, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--crop-region off", refusal.Advice, StringComparison.Ordinal);
    }

    private static Frame Estimate(IPoseEstimator estimator, NormalisedBox region, double x, double y)
    {
        VideoInfo video = Some.Video() with { DisplaySize = FrameSize };
        Frame frame = estimator.PlacementFor(video).NewFrame(17);
        frame.Stamp = Some.Stamp(0) with { DisplaySize = FrameSize };
        frame.Region = region;
        Assert.Equal(FrameSize, frame.Format.Size);
        for (int row = 0; row < FrameSize.Height; row++)
        {
            for (int column = 0; column < FrameSize.Width; column++)
            {
                // Wide enough to be seen by every pixel of a coarse crop.
                double spot = 255 * Math.Exp(-(((column - x) * (column - x)) + ((row - y) * (row - y))) / (2 * 12.0 * 12.0));
                frame.Pixels[((row * FrameSize.Width) + column) * 3] = (byte)Math.Round(spot);
            }
        }

        frame.BeginInference();
        using IEstimatorLane worker = estimator.CreateLane();
        worker.Estimate([frame]);
        return frame;
    }

    /// <summary>Puts every joint at the centre of gravity of the red plane.</summary>
    private static FakePoseModel Network(Action<ReadOnlySpan<float>>? sees = null)
    {
        ModelDescription model = TestModel.Describe(
            "movenet-points", new(Side, Side), 17, TensorLayout.Nchw, ["keypoints"], ("min_score", 0.2)) with
        {
            Skeleton = Skeletons.Coco17,
        };
        return new(model, [[1, 17, 3]], 1, (input, outputs) =>
        {
            sees?.Invoke(input);
            double sum = 0, sumX = 0, sumY = 0;
            for (int i = 0; i < Side * Side; i++)
            {
                (sum, sumX, sumY) = (sum + input[i], sumX + (input[i] * (i % Side)), sumY + (input[i] * (i / Side)));
            }

            for (int joint = 0; joint < 17; joint++)
            {
                outputs[0][joint * 3] = (float)(sumY / sum / Side);
                outputs[0][(joint * 3) + 1] = (float)(sumX / sum / Side);
                outputs[0][(joint * 3) + 2] = 0.9f;
            }
        });
    }
}
