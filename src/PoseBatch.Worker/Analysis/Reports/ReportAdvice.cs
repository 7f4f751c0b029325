using System.Globalization;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Analysis.Reports;

/// <summary>What deserves a look in a result, and what can be done about it, in plain words.</summary>
/// <param name="What">What was found.</param>
/// <param name="Advice">What it means and what to do.</param>
internal readonly record struct ReportAdvice(string What, string Advice)
{
    private const double LowScore = 0.4, LowFound = 0.6, LongGap = 5;

    /// <summary>All that applies to a result, the most serious first; empty when nothing stands out.</summary>
    public static IReadOnlyList<ReportAdvice> Of(PoseResult result, ResultStatistics statistics)
    {
        List<ReportAdvice> advice = [];
        ResultCounts counts = result.Counts;
        void Say(bool applies, FormattableString what, string words)
        {
            if (applies)
            {
                advice.Add(new(what.ToString(CultureInfo.InvariantCulture), words));
            }
        }

        Say(counts.Persons == 0 && counts.Inferred > 0, $"Nobody was found in any frame.",
            "If there are people in the video: look at the pictures above, lower --min-person-score, or take another model. Very small people need a top-down model with --detector.");
        Say(counts.Undecodable > 0, $"{ReportWords.Count(counts.Undecodable, "frame")} could not be decoded{Stretches(statistics)}.",
            "The file has entries for them but no picture came of them: it is damaged or was cut off while it was written. Their rows in frames.parquet say undecodable; there are no joints for them. Copy the file again from its source if you can.");
        Say(counts.Corrupt > 0, $"{ReportWords.Count(counts.Corrupt, "frame")} were decoded with errors.",
            "Parts of these pictures are wrong, and joints found in them may be, too. Leave them out with status <> 'corrupt' from frames.parquet if in doubt.");
        Say(result.Section("time").TryGetProperty("source", out System.Text.Json.JsonElement source) && source.GetString() == "estimated", $"The video states no times.",
            "Times are frame number divided by the nominal rate. If the camera dropped frames, nobody can tell from this file.");
        Say(result.IsVariableRate == true, $"Frames come at uneven times.",
            "Use the column time, not the frame number, for speeds and for alignment with other sensors. Formats that know one rate only cannot hold this.");
        double pace = counts.SourceFrames > 0 ? statistics.EndSeconds / counts.SourceFrames : 0;
        Say(statistics.LongestGap.Seconds > LongGap * pace && statistics.LongestGap.Seconds > 0.5, $"There is a hole of {ReportWords.Length(statistics.LongestGap.Seconds)} before frame {statistics.LongestGap.Frame}.",
            "The video itself has no frames there. Do not interpolate across it, and do not count it as time without people.");
        Say(statistics.MeanScore < LowScore, $"The mean score of the poses is {statistics.MeanScore:F2}.",
            "The model was unsure. What counts as sure differs between models, so compare the pictures above with what you see; another model, more light or larger people help.");
        JointFacts[] rare = [.. statistics.Joints.Where(joint => joint.FoundShare < LowFound)];
        Say(rare.Length > 0 && counts.Persons > 0, $"Found in less than {LowFound * 100:0} % of the poses: {string.Join(", ", rare.Select(joint => joint.Name))}.",
            "They are hidden, out of the picture, or below the smallest confidence. Where they were not found x and y are null, never 0. Lower --min-keypoint-confidence to see what the model guessed.");
        Say(statistics.MostPeople > 1 && statistics.Tracks.Count == 0, $"Several people share frames, and nothing says who is who.",
            "The column person is a place within its frame, not an identity. Process with tracking on if you want to follow people.");
        Say(statistics.Tracks.Count > int.Max(8, 4 * statistics.MostPeople), $"There are {statistics.Tracks.Count} tracks, but never more than {ReportWords.Count(statistics.MostPeople, "person")} at a time.",
            "People came and went, or were lost and found again under a new number. Check the short tracks before you count people by them.");
        advice.AddRange(result.Warnings
            .Where(warning => !(counts.Undecodable > 0 && warning.Contains("could not be decoded", StringComparison.Ordinal))
                && !warning.Contains("no time stamps", StringComparison.Ordinal))
            .Select(warning => new ReportAdvice(warning, "Noted while the video was processed.")));
        return advice;
    }

    private static string Stretches(ResultStatistics statistics)
    {
        string[] shown = [.. statistics.Undecodable.Take(6).Select(run => run.First == run.Last ? FormattableString.Invariant($"{run.First}") : FormattableString.Invariant($"{run.First} to {run.Last}"))];
        string more = statistics.UndecodableStretches > shown.Length ? FormattableString.Invariant($" and {statistics.UndecodableStretches - shown.Length} more stretches") : string.Empty;
        return $" (frames {string.Join(", ", shown)}{more})";
    }
}
