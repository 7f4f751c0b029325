using System.Numerics;
using System.Runtime.Intrinsics;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>How YOLO-pose people are chosen (docs/spec, 13.1).</summary>
internal sealed record YoloPoseOptions
{
    /// <summary>Class score a box must exceed.</summary>
    public float Confidence { get; init; } = (float)ModelFamilies.YoloPose.DefaultNumber("confidence");

    /// <summary>Overlap of plain areas a box must exceed to be dropped.</summary>
    public double OverlapThreshold { get; init; } = ModelFamilies.YoloPose.DefaultNumber("overlap_threshold");

    /// <summary>People at most.</summary>
    public int MaxDetections { get; init; } = (int)ModelFamilies.YoloPose.DefaultNumber("max_detections");
}

/// <summary>YOLO-pose, all people of a picture in one output of 4 + C + 3K rows of N (docs/spec, 13.1).</summary>
internal static class YoloPose
{
    /// <summary>Chooses boxes: the score rows are scanned first, other rows are touched for survivors only.</summary>
    /// <param name="output">Rows cx, cy, w, h, C class scores (after the sigmoid), then x, y, confidence of each joint.</param>
    /// <param name="boxCount">N.</param>
    /// <param name="classCount">C, at least 1.</param>
    /// <param name="options">How people are chosen.</param>
    /// <param name="candidates">Scratch.</param>
    /// <param name="kept">Receives the boxes in letterbox pixels, by falling score; equal scores by index.</param>
    public static void Choose(
        ReadOnlySpan<float> output, int boxCount, int classCount, YoloPoseOptions options, List<Detection> candidates,
        List<Detection> kept)
    {
        candidates.Clear();
        ReadOnlySpan<float> scores = output.Slice(4 * boxCount, classCount * boxCount);
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> thresholds = Vector256.Create(options.Confidence);
            for (; i <= boxCount - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                Vector256<float> above = Vector256<float>.Zero;
                for (int category = 0; category < classCount; category++)
                {
                    above |= Vector256.GreaterThan(Vector256.Create(scores[((category * boxCount) + i)..]), thresholds);
                }

                for (uint lanes = above.ExtractMostSignificantBits(); lanes != 0; lanes &= lanes - 1)
                {
                    Consider(output, boxCount, scores, i + BitOperations.TrailingZeroCount(lanes), options, candidates);
                }
            }
        }

        for (; i < boxCount; i++)
        {
            Consider(output, boxCount, scores, i, options, candidates);
        }

        NonMaximumSuppression.Run(
            candidates, new(options.OverlapThreshold, Edge: 0, DropsEqual: false, IsPerClass: true), kept, options.MaxDetections);
    }

    /// <summary>Reads the joints of one box.</summary>
    /// <param name="output">As for <see cref="Choose"/>.</param>
    /// <param name="boxCount">N.</param>
    /// <param name="classCount">C.</param>
    /// <param name="index">The box.</param>
    /// <param name="keypoints">Receives K joints in letterbox pixels, corner coordinates, not clamped.</param>
    public static void ReadKeypoints(ReadOnlySpan<float> output, int boxCount, int classCount, int index,
        Span<Keypoint> keypoints)
    {
        int place = ((4 + classCount) * boxCount) + index;
        foreach (ref Keypoint keypoint in keypoints)
        {
            keypoint = KeypointMath.At(output[place], output[place + boxCount], output[place + (2 * boxCount)]);
            place += 3 * boxCount;
        }
    }

    private static void Consider(
        ReadOnlySpan<float> output, int boxCount, ReadOnlySpan<float> scores, int index, YoloPoseOptions options,
        List<Detection> candidates)
    {
        int best = -1;
        float score = options.Confidence;
        for (int category = 0; category * boxCount < scores.Length; category++)
        {
            float here = scores[(category * boxCount) + index];
            (best, score) = here > score ? (category, here) : (best, score);
        }

        if (best >= 0)
        {
            BoundingBox box = Boxes.FromCenter(
                output[index], output[boxCount + index], output[(2 * boxCount) + index], output[(3 * boxCount) + index]);
            candidates.Add(new(box, score, best, score, index));
        }
    }
}
