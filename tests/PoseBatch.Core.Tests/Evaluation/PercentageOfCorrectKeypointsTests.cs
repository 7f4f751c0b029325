using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

public class PercentageOfCorrectKeypointsTests
{
    private static readonly string[] Names = ["left_shoulder", "right_shoulder", "left_hip", "right_hip", "nose"];

    // Mid-shoulder (50, 0), mid-hip (50, 100): a torso of 100 pixels, so 0.2 of it are 20.
    private static readonly Keypoint[] Marked = [new(40, 0, 2), new(60, 0, 2), new(45, 100, 2), new(55, 100, 2), new(50, -30, 1)];

    [Fact]
    public void Joints_at_the_limit_count_and_those_beyond_do_not()
    {
        Keypoint[] found = [new(60, 0, 1), new(60, 20.5f, 1), new(45, 100, 1), Keypoint.NotFound, new(50, -30, 0.1f)];

        KeypointShare share = Measure([Person(Marked)], [new(1, 1, found)]);

        Assert.Equal([1.0, 0.0, 1.0, 0.0, 1.0], share.PerJoint);
        Assert.Equal(0.6, share.Pck);
        Assert.Equal((5, 1, 0), (share.JointsCounted, share.PeopleCounted, share.PeopleLeftOut));
        Assert.Equal(20, share.MedianPixels!.Value, 1e-9);   // 0, 0, 20, 20.5, infinite
    }

    [Fact]
    public void Each_person_gets_the_pose_that_fits_best_whatever_the_scores()
    {
        AnnotatedPerson left = Person(Marked), right = Person(Moved(Marked, 300));

        KeypointShare share = Measure([left, right], [new(1, 0.1, Moved(Marked, 301)), new(1, 0.9, Moved(Marked, 2))]);

        Assert.Equal(1, share.Pck);
        Assert.Equal(1, share.MedianPixels!.Value, 1e-5);
    }

    [Fact]
    public void Whoever_nobody_found_misses_every_joint()
    {
        KeypointShare share = Measure([Person(Marked), Person(Moved(Marked, 300))], [new(1, 1, Marked)]);

        Assert.Equal(0.5, share.Pck);
    }

    [Fact]
    public void People_without_a_torso_are_left_out_of_torso_lengths_and_counted_by_their_box()
    {
        AnnotatedPerson head = Person([Keypoint.NotFound, Keypoint.NotFound, Keypoint.NotFound, Keypoint.NotFound, new(50, 50, 2)]);
        EstimatedPose pose = new(1, 1, [Keypoint.NotFound, Keypoint.NotFound, Keypoint.NotFound, Keypoint.NotFound, new(70, 50, 1)]);
        AnnotationSet truth = Set([head]);

        KeypointShare torso = PercentageOfCorrectKeypoints.Measure(truth, [pose], 0.2, PckLength.Torso);
        KeypointShare box = PercentageOfCorrectKeypoints.Measure(truth, [pose], 0.1, PckLength.Box);   // 0.1 of 200

        Assert.Equal((null, 0, 1), (torso.Pck, torso.PeopleCounted, torso.PeopleLeftOut));
        Assert.Equal((1.0, 1, 0), (box.Pck, box.PeopleCounted, box.PeopleLeftOut));
    }

    [Fact]
    public void Crowds_do_not_count()
    {
        KeypointShare share = Measure([Person(Marked) with { IsCrowd = true }], [new(1, 1, Marked)]);

        Assert.Equal((null, null, 0), (share.Pck, share.MedianPixels, share.JointsCounted));
    }

    private static KeypointShare Measure(AnnotatedPerson[] people, EstimatedPose[] poses) =>
        PercentageOfCorrectKeypoints.Measure(Set(people), poses, 0.2, PckLength.Torso);

    private static AnnotationSet Set(AnnotatedPerson[] people) => new(Names, [new(1, "one.jpg", new(640, 480))], people);

    private static AnnotatedPerson Person(Keypoint[] joints) =>
        new() { ImageId = 1, Joints = joints, Box = new(0, -50, 100, 150), Area = 20_000 };

    private static Keypoint[] Moved(Keypoint[] joints, float by) => [.. joints.Select(joint => joint with { X = joint.X + by })];
}
