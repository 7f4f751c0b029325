using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Poses;
using PoseBatch.Worker.Analysis.Reports;
using PoseBatch.Worker.Cli.Demo;

namespace PoseBatch.Cli;

public class MeasuredErrorTests
{
    private static readonly string[] Names = ["left_shoulder", "right_shoulder", "left_hip", "right_hip", "nose"];

    // Mid-shoulder is (100, 100), mid-hip (130, 140): the torso is 50 px long, so right is within 10 px.
    private static readonly TrueJoint[] Person =
        [new(110, 100, true), new(90, 100, true), new(140, 140, true), new(120, 140, true), new(100, 50, true)];

    [Fact]
    public void Joints_within_a_fifth_of_the_torso_are_right_and_the_limit_counts_as_within()
    {
        // Off by 0, 5 (3-4-5), 10 and 11 px; the fifth has no position. In order: 0, 5, 10, 11, infinite.
        Keypoint?[] pose = [At(110, 100), At(93, 104), At(140, 150), At(131, 140), null];

        MeasuredError error = Measure([Person], [Posed(pose)]);

        Assert.Equal(5, error.JointCount);
        Assert.Equal(3, error.RightJointCount);
        Assert.Equal(0.6, error.Pck);
        Assert.Equal(10, error.MedianPixels);
        Assert.Equal([1, 1, 1, 0, 0], error.ByJoint.Select(joint => joint.RightCount));
    }

    [Fact]
    public void Joints_outside_the_picture_are_not_counted_though_they_make_the_torso()
    {
        TrueJoint[] cut = [Person[0], Person[1], Person[2] with { IsInPicture = false }, Person[3] with { IsInPicture = false }, Person[4]];

        MeasuredError error = Measure([cut], [Posed([At(110, 100), At(90, 100), null, null, At(100, 62)])]);

        Assert.Equal((3, 2, 0.0), (error.JointCount, error.RightJointCount, error.MedianPixels));
    }

    [Fact]
    public void A_person_without_a_pose_makes_all_joints_wrong_and_is_missing_from_the_frames_with_a_pose()
    {
        MeasuredError error = Measure([Person, Person], [Posed([.. Person.Select(joint => (Keypoint?)At(joint.X, joint.Y))]), Posed(null)]);

        Assert.Equal((10, 5), (error.JointCount, error.RightJointCount));
        Assert.Null(error.MedianPixels);
        Assert.Equal((2, 1), (error.PersonFrameCount, error.PosedFrameCount));
    }

    [Fact]
    public void Frames_without_anybody_count_apart()
    {
        MeasuredError error = Measure([null, null, null], [Posed(null), Posed([At(1, 1), null, null, null, null]), Posed(null)]);

        Assert.Equal((3, 2, 0), (error.EmptyFrameCount, error.RightlyEmptyFrameCount, error.PersonFrameCount));
        Assert.Null(error.Pck);
    }

    [Fact]
    public void Joints_are_matched_by_name_and_those_the_model_lacks_are_left_out()
    {
        DemoTruth truth = new(new(480, 480), Names, [Person]);

        MeasuredError error = MeasuredError.Measure(truth, [Posed([At(100, 50), At(110, 100)])], ["nose", "left_shoulder"]);

        Assert.Equal((2, 2), (error.JointCount, error.RightJointCount));
    }

    [Fact]
    public void Only_the_best_pose_of_a_frame_is_compared()
    {
        Keypoint?[] right = [.. Person.Select(joint => (Keypoint?)At(joint.X, joint.Y))], wrong = [null, null, null, null, null];

        Assert.Equal(1, Measure([Person], [new PosedFrame(0, [right, wrong])]).Pck);
        Assert.Equal(0, Measure([Person], [new PosedFrame(0, [wrong, right])]).Pck);
    }

    [Theory]
    [InlineData(-30.0, 480.0, 5, new[] { 0.0, 100, 200, 300, 400 })]
    [InlineData(0.0, 16.76, 9, new[] { 0.0, 2, 4, 6, 8, 10, 12, 14, 16 })]
    public void Ticks_of_the_plot_are_round_numbers(double least, double most, int count, double[] ticks) =>
        Assert.Equal(ticks, SvgText.Ticks(least, most, count));

    [Fact]
    public void A_gap_in_a_track_is_a_gap_in_its_line()
    {
        TrackPoint[] track = [new(0, (1, 1), (1, 1)), new(1, (2, 2), (2, 2)), new(2, (3, 3), null), new(3, (4, 4), (4, 4))];

        string[] paths = [.. TrackPlot.Draw("nose", track).Split('\n').Where(line => line.Contains("h0", StringComparison.Ordinal))];

        // Two panels, each with the truth in one piece and what was found in two.
        Assert.Equal([1, 2, 1, 2], paths.Select(path => path.Count(letter => letter == 'M')));
    }

    private static MeasuredError Measure(IReadOnlyList<IReadOnlyList<TrueJoint>?> truth, IReadOnlyList<PosedFrame> found) =>
        MeasuredError.Measure(new DemoTruth(new(480, 480), Names, truth), found, Names);

    private static PosedFrame Posed(Keypoint?[]? pose) => new(0, pose is null ? [] : [pose]);

    private static Keypoint At(double x, double y) => new((float)x, (float)y, 1);
}
