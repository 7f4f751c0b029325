using PoseBatch.Evaluation;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Poses;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>How far found joints lie from the exact ones. The rule stands in docs/cli.md, section demo.</summary>
/// <remarks>
/// Counted is every joint that lies in the picture, in every frame with a person, as far as the model's skeleton has a joint
/// of that name. It is compared with the frame's best person; without one, or without a position, it is infinitely far.
/// </remarks>
internal sealed record MeasuredError
{
    /// <summary>Farthest a right joint may lie from the truth, in torso lengths of the same frame.</summary>
    public const double Limit = 0.2;

    /// <summary>Joints that were counted.</summary>
    public required int JointCount { get; init; }

    /// <summary>Counted joints within <see cref="Limit"/>.</summary>
    public required int RightJointCount { get; init; }

    /// <summary>Half of the counted joints lie nearer to the truth, in pixels; null when half or more have no position.</summary>
    public required double? MedianPixels { get; init; }

    /// <summary>Frames with a person.</summary>
    public required int PersonFrameCount { get; init; }

    /// <summary>Those of them for which a pose was found.</summary>
    public required int PosedFrameCount { get; init; }

    /// <summary>Frames without a person.</summary>
    public required int EmptyFrameCount { get; init; }

    /// <summary>Those of them for which no pose was found.</summary>
    public required int RightlyEmptyFrameCount { get; init; }

    /// <summary>The same for each joint alone, in the order of the truth; joints the model lacks are left out.</summary>
    public required IReadOnlyList<JointError> ByJoint { get; init; }

    /// <summary>Share of the counted joints within <see cref="Limit"/>, 0 to 1; null when none was counted.</summary>
    public double? Pck => JointCount > 0 ? (double)RightJointCount / JointCount : null;

    /// <summary>Compares.</summary>
    /// <param name="truth">The exact joints.</param>
    /// <param name="found">The frames of the tables; a frame they lack counts as one without a pose.</param>
    /// <param name="joints">Names of the found joints, in their order.</param>
    public static MeasuredError Measure(DemoTruth truth, IReadOnlyList<PosedFrame> found, IReadOnlyList<string> joints)
    {
        (string Name, int True, int Found)[] pairs =
        [
            .. truth.Joints.Zip(JointOrder.Places(truth.Joints, joints)).Select((pair, index) => (pair.First, index, pair.Second)).Where(pair => pair.Second >= 0),
        ];
        List<(double Pixels, double Torsos)>[] distances = [.. pairs.Select(_ => new List<(double, double)>())];
        int personFrames = 0, posedFrames = 0, rightlyEmpty = 0;
        for (int frame = 0; frame < truth.Frames.Count; frame++)
        {
            IReadOnlyList<Keypoint?>? pose = frame < found.Count && found[frame].People is [var best, ..] ? best : null;
            if (truth.Frames[frame] is not { } person)
            {
                rightlyEmpty += pose is null ? 1 : 0;
                continue;
            }

            personFrames++;
            posedFrames += pose is null ? 0 : 1;
            double torso = Torso(truth, person);
            for (int i = 0; i < pairs.Length; i++)
            {
                TrueJoint joint = person[pairs[i].True];
                if (joint.IsInPicture)
                {
                    double pixels = pose?[pairs[i].Found] is { } position
                        ? double.Hypot(position.X - joint.X, position.Y - joint.Y)
                        : double.PositiveInfinity;
                    distances[i].Add((pixels, pixels / torso));
                }
            }
        }

        List<(double Pixels, double Torsos)> all = [.. distances.SelectMany(joint => joint)];
        return new()
        {
            JointCount = all.Count,
            RightJointCount = CountRight(all),
            MedianPixels = Median(all),
            PersonFrameCount = personFrames,
            PosedFrameCount = posedFrames,
            EmptyFrameCount = truth.Frames.Count - personFrames,
            RightlyEmptyFrameCount = rightlyEmpty,
            ByJoint = [.. pairs.Select((pair, i) => new JointError(pair.Name, distances[i].Count, CountRight(distances[i]), Median(distances[i])))],
        };
    }

    /// <summary>From mid-shoulder to mid-hip, in the picture, whether or not these lie in the frame.</summary>
    private static double Torso(DemoTruth truth, IReadOnlyList<TrueJoint> person)
    {
        (double shoulderX, double shoulderY) = Middle("left_shoulder", "right_shoulder");
        (double hipX, double hipY) = Middle("left_hip", "right_hip");
        return double.Hypot(shoulderX - hipX, shoulderY - hipY);

        (double X, double Y) Middle(string left, string right)
        {
            TrueJoint[] pair = [.. JointOrder.Places([left, right], truth.Joints).Select(joint => person[joint])];
            return ((pair[0].X + pair[1].X) / 2, (pair[0].Y + pair[1].Y) / 2);
        }
    }

    private static int CountRight(List<(double Pixels, double Torsos)> distances) => distances.Count(distance => distance.Torsos <= Limit);

    private static double? Median(List<(double Pixels, double Torsos)> distances)
    {
        if (distances.Count == 0)
        {
            return null;
        }

        double[] sorted = [.. distances.Select(distance => distance.Pixels).Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return double.IsFinite(median) ? median : null;
    }
}

/// <summary>The error of one joint over all frames.</summary>
/// <param name="Name">Name of the joint.</param>
/// <param name="Count">Frames in which it was counted.</param>
/// <param name="RightCount">Those in which it lay within the limit.</param>
/// <param name="MedianPixels">As <see cref="MeasuredError.MedianPixels"/>.</param>
internal sealed record JointError(string Name, int Count, int RightCount, double? MedianPixels);
