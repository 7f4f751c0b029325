using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

/// <summary>Cases small enough to be computed by hand: one or two joints, similarities of round numbers.</summary>
public class CocoKeypointEvaluatorTests
{
    private const double Sigma = 0.05, Area = 10_000;   // 2 area (2 sigma)^2 = 200

    private static readonly double[] Sigmas = [Sigma];

    [Fact]
    public void A_perfect_pose_has_precision_and_recall_one()
    {
        KeypointPrecision figures = Evaluate([Person(1, 50, 50)], [Pose(1, 0.3, 50, 50)]);

        Assert.Equal((1.0, 1.0, 1.0, 1.0, 1), (figures.Ap, figures.Ap50, figures.Ap75, figures.Ar, figures.PeopleToFind));
        Assert.Equal((1.0, 1.0), (figures.ApLarge, figures.ArLarge));
        Assert.Null(figures.ApMedium);
        Assert.Null(figures.ArMedium);
    }

    [Theory]
    [InlineData(0.72, 5)]   // above 0.50, 0.55, 0.60, 0.65 and 0.70
    [InlineData(0.49, 0)]
    [InlineData(0.951, 10)]
    public void A_pose_counts_at_the_thresholds_it_reaches(double similarity, int thresholds)
    {
        // exp(-d^2 / 200) = similarity
        double distance = Math.Sqrt(-200 * Math.Log(similarity));

        KeypointPrecision figures = Evaluate([Person(1, 50, 50)], [Pose(1, 1, 50 + distance, 50)]);

        Assert.Equal(thresholds / 10.0, figures.Ap!.Value, 1e-12);
        Assert.Equal(thresholds / 10.0, figures.Ar!.Value, 1e-12);
    }

    [Fact]
    public void Precision_is_read_at_101_recalls_and_is_the_best_of_any_larger_recall()
    {
        // By falling score: right, wrong, right, and one person is never found. Precisions 1, 1/2, 2/3; recalls 1/3, 1/3, 2/3.
        KeypointPrecision figures = Evaluate(
            [Person(1, 50, 50), Person(1, 500, 50), Person(1, 900, 900)],
            [Pose(1, 0.9, 50, 50), Pose(1, 0.8, 2000, 2000), Pose(1, 0.7, 500, 50)]);

        // Recalls 0.00 to 0.33 read 1, 0.34 to 0.66 read 2/3, the other 34 read 0.
        Assert.Equal((34 + (33 * 2 / 3.0)) / 101, figures.Ap!.Value, 1e-12);
        Assert.Equal(2 / 3.0, figures.Ar!.Value, 1e-12);
    }

    [Fact]
    public void A_person_is_found_once_and_by_the_pose_of_the_higher_score()
    {
        KeypointPrecision figures = Evaluate([Person(1, 50, 50)], [Pose(1, 0.5, 50, 50), Pose(1, 0.9, 58, 50)]);

        // The better pose has the lower score: it is wrong where the other one, exp(-64/200) = 0.726, was right.
        // Up to 0.70: precision 1 at every recall. From 0.75: first wrong, then right, 1/2 at every recall.
        Assert.Equal(((5 * 1) + (5 * 0.5)) / 10, figures.Ap!.Value, 1e-12);
        Assert.Equal(1, figures.Ar!.Value, 1e-12);
    }

    [Fact]
    public void Poses_in_a_crowd_are_neither_right_nor_wrong()
    {
        AnnotatedPerson crowd = Person(1, float.NaN, float.NaN) with { IsCrowd = true, Box = new(100, 100, 200, 200) };

        // Three in the crowd, or within its own size around it, with higher scores than the one who is right.
        KeypointPrecision figures = Evaluate(
            [crowd, Person(1, 500, 500)],
            [Pose(1, 0.9, 150, 150), Pose(1, 0.8, 10, 150), Pose(1, 0.7, 299, 299), Pose(1, 0.1, 500, 500)]);

        Assert.Equal((1.0, 1.0, 1), (figures.Ap, figures.Ar, figures.PeopleToFind));
    }

    [Fact]
    public void A_person_without_marked_joints_takes_one_pose_out_of_the_count()
    {
        AnnotatedPerson unmarked = Person(1, float.NaN, float.NaN) with { Box = new(100, 100, 200, 200) };

        KeypointPrecision one = Evaluate([unmarked, Person(1, 500, 500)], [Pose(1, 0.9, 150, 150), Pose(1, 0.1, 500, 500)]);
        KeypointPrecision two = Evaluate(
            [unmarked, Person(1, 500, 500)], [Pose(1, 0.9, 150, 150), Pose(1, 0.8, 150, 150), Pose(1, 0.1, 500, 500)]);

        Assert.Equal(1, one.Ap!.Value, 1e-12);
        Assert.Equal(0.5, two.Ap!.Value, 1e-12);
    }

    [Fact]
    public void Only_the_best_twenty_poses_of_a_picture_count()
    {
        EstimatedPose[] wrong = [.. Enumerable.Range(0, 20).Select(i => Pose(1, 0.5 + (i * 0.01), 3000, 3000))];

        KeypointPrecision late = Evaluate([Person(1, 50, 50)], [.. wrong, Pose(1, 0.4, 50, 50)]);
        KeypointPrecision inTime = Evaluate([Person(1, 50, 50)], [.. wrong[1..], Pose(1, 0.4, 50, 50)]);

        Assert.Equal(0, late.Ar);
        Assert.Equal(1, inTime.Ar);
        Assert.Equal(1 / 20.0, inTime.Ap!.Value, 1e-12);
    }

    [Fact]
    public void People_are_sorted_by_area_and_poses_outside_a_range_are_not_wrong_there()
    {
        AnnotatedPerson medium = Person(1, 50, 50) with { Area = 50 * 50 };

        // The pose of one joint has no extent: too small to be wrong among medium or large people.
        KeypointPrecision figures = Evaluate([medium, Person(1, 500, 500)], [Pose(1, 0.9, 2000, 2000), Pose(1, 0.8, 50, 50)]);

        Assert.Equal((1.0, 0.0), (figures.ApMedium, figures.ApLarge));
        Assert.Equal((1.0, 0.0), (figures.ArMedium, figures.ArLarge));
        Assert.Equal(51 * 0.5 / 101, figures.Ap!.Value, 1e-12);   // recalls 0.00 to 0.50 at precision 1/2
    }

    [Fact]
    public void Nobody_to_find_gives_no_figure_and_nobody_found_gives_zero()
    {
        Assert.Null(Evaluate([], [Pose(1, 1, 5, 5)]).Ap);
        Assert.Equal((0.0, 0.0), (Evaluate([Person(1, 50, 50)], []).Ap, Evaluate([Person(1, 50, 50)], []).Ar));
    }

    [Fact]
    public void Joints_without_a_position_or_with_an_infinite_one_give_nothing_and_harm_nothing()
    {
        double[] two = [Sigma, Sigma];
        AnnotatedPerson person = Person(1, 50, 50) with { Joints = [new(50, 50, 2), new(70, 70, 1)] };
        EstimatedPose half = new(1, 1, [new(50, 50, 1), Keypoint.NotFound]), far = new(1, 1, [new(50, 50, 1), new(float.PositiveInfinity, 0, 1)]);

        foreach (EstimatedPose pose in new[] { half, far })
        {
            KeypointPrecision figures = CocoKeypointEvaluator.Evaluate(Set([person], 2), [pose], two);
            Assert.Equal(0.1, figures.Ap!.Value, 1e-12);   // similarity exactly 0.50: reached at the first threshold
        }
    }

    [Fact]
    public void A_picture_of_a_thousand_people_and_poses_is_done()
    {
        AnnotatedPerson[] people = [.. Enumerable.Range(0, 1000).Select(i => Person(1, i * 100, 50))];
        EstimatedPose[] poses = [.. Enumerable.Range(0, 1000).Select(i => Pose(1, i, i * 100, 50))];

        Assert.Equal(20 / 1000.0, Evaluate(people, poses).Ar!.Value, 1e-12);
    }

    [Fact]
    public void Joints_that_COCO_does_not_have_need_a_sigma() =>
        Assert.Throws<ArgumentException>(() => CocoKeypointEvaluator.Evaluate(Set([Person(1, 1, 1)], 1), []));

    internal static AnnotationSet Set(AnnotatedPerson[] people, int joints) =>
        new([.. Enumerable.Range(0, joints).Select(joint => $"joint{joint}")], [new(1, "one.jpg", new(640, 480)), new(2, "two.jpg", new(640, 480))], people);

    private static KeypointPrecision Evaluate(AnnotatedPerson[] people, EstimatedPose[] poses) =>
        CocoKeypointEvaluator.Evaluate(Set(people, 1), poses, Sigmas);

    private static AnnotatedPerson Person(long image, float x, float y) => new()
    {
        ImageId = image,
        Joints = [float.IsNaN(x) ? Keypoint.NotFound : new(x, y, 2)],
        Box = new(x - 50, y - 50, x + 50, y + 50),
        Area = Area,
    };

    private static EstimatedPose Pose(long image, double score, double x, double y) => new(image, score, [new((float)x, (float)y, 1)]);
}
