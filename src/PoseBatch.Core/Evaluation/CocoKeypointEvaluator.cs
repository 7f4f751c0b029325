using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

/// <summary>Precision and recall of poses as COCO counts them. A figure is null where nobody was to be found.</summary>
public sealed record KeypointPrecision
{
    /// <summary>Average precision over the thresholds 0.50 to 0.95, people of all sizes.</summary>
    public double? Ap { get; init; }

    /// <summary>At similarity 0.50.</summary>
    public double? Ap50 { get; init; }

    /// <summary>At similarity 0.75.</summary>
    public double? Ap75 { get; init; }

    /// <summary>People of 32^2 to 96^2 pixels.</summary>
    public double? ApMedium { get; init; }

    /// <summary>People of more than 96^2 pixels.</summary>
    public double? ApLarge { get; init; }

    /// <summary>Average recall over the thresholds, people of all sizes.</summary>
    public double? Ar { get; init; }

    /// <summary>At similarity 0.50.</summary>
    public double? Ar50 { get; init; }

    /// <summary>At similarity 0.75.</summary>
    public double? Ar75 { get; init; }

    /// <summary>People of 32^2 to 96^2 pixels.</summary>
    public double? ArMedium { get; init; }

    /// <summary>People of more than 96^2 pixels.</summary>
    public double? ArLarge { get; init; }

    /// <summary>People who were to be found: those with a joint marked that are no crowd.</summary>
    public int PeopleToFind { get; init; }
}

/// <summary>
/// Average precision and recall of keypoints by the published rules of COCO: greedy matching by falling score, object keypoint
/// similarity, ten thresholds, precision read at 101 recalls, at most 20 poses per picture; crowds and people without a marked
/// joint are neither found nor missed.
/// </summary>
public static class CocoKeypointEvaluator
{
    /// <summary>Poses of one picture that count, best first.</summary>
    public const int MostPerImage = 20;

    private const int ThresholdCount = 10, RecallCount = 101;

    // As 32 and 96 pixels squared; the ends are counted in.
    private static readonly (double From, double To)[] Areas = [(0, 1e10), (32 * 32, 96 * 96), (96 * 96, 1e10)];

    // The steps as an evenly spaced row is commonly computed, so that a recall of exactly 0.57 falls on the same side.
    private static readonly double[] Thresholds = Spaced(0.5, 0.95, ThresholdCount);
    private static readonly double[] Recalls = Spaced(0, 1, RecallCount);

    /// <summary>Holds poses against the people marked.</summary>
    /// <param name="truth">Pictures and people; poses of other pictures are ignored.</param>
    /// <param name="poses">Poses of all pictures, in any order; equal scores keep theirs.</param>
    /// <param name="sigmas">One per joint of <paramref name="truth"/>; null takes COCO's by name.</param>
    /// <exception cref="ArgumentException">A joint has no sigma, or a pose has another number of joints.</exception>
    public static KeypointPrecision Evaluate(
        AnnotationSet truth, IReadOnlyList<EstimatedPose> poses, IReadOnlyList<double>? sigmas = null)
    {
        double[] spreads = [.. sigmas ?? truth.JointNames.Select(name => KeypointSigmas.Find(name)
            ?? throw new ArgumentException($"COCO has no joint '{name}', so its sigma must be given.", nameof(truth)))];
        if (poses.FirstOrDefault(pose => pose.Joints.Count != spreads.Length) is { } odd)
        {
            throw new ArgumentException($"A pose has {odd.Joints.Count} joints, the people marked have {spreads.Length}.", nameof(poses));
        }

        ILookup<long, AnnotatedPerson> people = truth.People.ToLookup(person => person.ImageId);
        ILookup<long, EstimatedPose> found = poses.ToLookup(pose => pose.ImageId);
        ScoredImage[] images = [.. truth.Images.Select(image => new ScoredImage([.. people[image.Id]], [.. found[image.Id]], spreads))];
        double?[][] precision = new double?[Areas.Length][], recall = new double?[Areas.Length][];
        for (int area = 0; area < Areas.Length; area++)
        {
            (precision[area], recall[area]) = Curve(images, Areas[area]);
        }

        return new()
        {
            Ap = Mean(precision[0]),
            Ap50 = precision[0][0],
            Ap75 = precision[0][5],
            ApMedium = Mean(precision[1]),
            ApLarge = Mean(precision[2]),
            Ar = Mean(recall[0]),
            Ar50 = recall[0][0],
            Ar75 = recall[0][5],
            ArMedium = Mean(recall[1]),
            ArLarge = Mean(recall[2]),
            PeopleToFind = truth.People.Count(person => !person.IsCrowd && person.MarkedCount > 0),
        };
    }

    /// <summary>Mean precision and last recall at each threshold.</summary>
    private static (double?[] Precision, double?[] Recall) Curve(ScoredImage[] images, (double From, double To) area)
    {
        double?[] precision = new double?[ThresholdCount], recall = new double?[ThresholdCount];
        Judged[] judged = [.. images.Select(image => image.Judge(area))];
        int toFind = judged.Sum(image => image.ToFind);
        if (toFind == 0)
        {
            return (precision, recall);
        }

        // Stable: poses of equal score stay in the order of pictures and of poses within them.
        (double Score, Judged Image, int Pose)[] ranked =
            [.. judged.SelectMany(image => image.Scores.Select((score, pose) => (score, image, pose))).OrderByDescending(entry => entry.score)];
        for (int threshold = 0; threshold < ThresholdCount; threshold++)
        {
            (precision[threshold], recall[threshold]) = At(threshold, ranked, toFind);
        }

        return (precision, recall);
    }

    private static (double Precision, double Recall) At(int threshold, (double Score, Judged Image, int Pose)[] ranked, int toFind)
    {
        List<double> recalls = [], precisions = [];
        int right = 0, wrong = 0;
        foreach ((_, Judged image, int pose) in ranked)
        {
            switch (image.Verdicts[(threshold * image.Scores.Length) + pose])
            {
                case Verdict.Right: right++; break;
                case Verdict.Wrong: wrong++; break;
                default: break;
            }

            recalls.Add((double)right / toFind);
            precisions.Add(right == 0 ? 0 : (double)right / (right + wrong));
        }

        // Precision at a recall is the best that any larger recall reaches.
        for (int i = precisions.Count - 2; i >= 0; i--)
        {
            precisions[i] = Math.Max(precisions[i], precisions[i + 1]);
        }

        double sum = 0;
        int place = 0;
        foreach (double wanted in Recalls)
        {
            while (place < recalls.Count && recalls[place] < wanted)
            {
                place++;
            }

            sum += place < recalls.Count ? precisions[place] : 0;
        }

        return (sum / RecallCount, recalls.Count == 0 ? 0 : recalls[^1]);
    }

    private static double? Mean(double?[] values) => values.Average();

    private static double[] Spaced(double from, double to, int count)
    {
        double step = (to - from) / (count - 1);
        double[] values = [.. Enumerable.Range(0, count).Select(i => from + (i * step))];
        values[^1] = to;
        return values;
    }

    private enum Verdict : byte
    {
        Wrong,
        Right,
        Ignored,
    }

    /// <summary>One picture at one range of areas: poses best first, and what became of each at each threshold.</summary>
    private sealed record Judged(double[] Scores, Verdict[] Verdicts, int ToFind);

    /// <summary>One picture with every similarity computed once.</summary>
    private sealed class ScoredImage
    {
        private readonly AnnotatedPerson[] _people;
        private readonly EstimatedPose[] _poses;
        private readonly double[,] _similarity;

        public ScoredImage(AnnotatedPerson[] people, EstimatedPose[] poses, ReadOnlySpan<double> sigmas)
        {
            _people = people;
            _poses = [.. poses.OrderByDescending(pose => pose.Score).Take(MostPerImage)];
            _similarity = new double[_poses.Length, people.Length];
            for (int pose = 0; pose < _poses.Length; pose++)
            {
                for (int person = 0; person < people.Length; person++)
                {
                    _similarity[pose, person] = KeypointSimilarity.Of(people[person], _poses[pose].Joints, sigmas);
                }
            }
        }

        public Judged Judge((double From, double To) area)
        {
            bool Ignores(AnnotatedPerson person) =>
                person.IsCrowd || person.MarkedCount == 0 || person.Area < area.From || person.Area > area.To;

            // Those to be found first, so that a pose is given to one of the others only when nobody else wants it.
            int[] order = [.. Enumerable.Range(0, _people.Length).OrderBy(person => Ignores(_people[person]))];
            int toFind = order.Count(person => !Ignores(_people[person]));
            var verdicts = new Verdict[ThresholdCount * _poses.Length];
            for (int threshold = 0; threshold < ThresholdCount; threshold++)
            {
                var taken = new bool[_people.Length];
                for (int pose = 0; pose < _poses.Length; pose++)
                {
                    int match = Match(pose, Thresholds[threshold], order, toFind, taken);
                    bool ignored = match >= 0 ? Ignores(_people[match]) : IsOutside(_poses[pose].Joints, area);
                    verdicts[(threshold * _poses.Length) + pose] = ignored ? Verdict.Ignored : match >= 0 ? Verdict.Right : Verdict.Wrong;
                    if (match >= 0)
                    {
                        taken[match] = true;
                    }
                }
            }

            return new([.. _poses.Select(pose => pose.Score)], verdicts, toFind);
        }

        private int Match(int pose, double threshold, int[] order, int toFind, bool[] taken)
        {
            double best = Math.Min(threshold, 1 - 1e-10);
            int match = -1;
            for (int place = 0; place < order.Length; place++)
            {
                if (place == toFind && match >= 0)
                {
                    break;
                }

                int person = order[place];
                bool isFree = !taken[person] || _people[person].IsCrowd;
                if (isFree && _similarity[pose, person] >= best)
                {
                    (best, match) = (_similarity[pose, person], person);
                }
            }

            return match;
        }

        /// <summary>Whether the box of a pose's joints is too small or too large to be counted as wrong.</summary>
        private static bool IsOutside(IReadOnlyList<Keypoint> joints, (double From, double To) area)
        {
            double size = BoxOfJoints.Around(joints) is { IsKnown: true } box ? (double)box.Width * box.Height : 0;
            return size < area.From || size > area.To;
        }
    }
}
