using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Export;

/// <summary>One body followed through the video.</summary>
/// <param name="TrackId">Its identity; null for the only person of a result without tracks.</param>
/// <param name="FirstFrame">First frame with it.</param>
/// <param name="LastFrame">Last frame with it.</param>
internal sealed record Individual(int? TrackId, int FirstFrame, int LastFrame)
{
    /// <summary>For example <c>track0</c>.</summary>
    public string Name => TrackId is { } id ? FormattableString.Invariant($"track{id}") : "person0";

    /// <summary>This body in a frame; null when it is not there.</summary>
    public ResultPerson? In(ResultFrame frame)
    {
        foreach (ResultPerson person in frame.People)
        {
            if (person.TrackId == TrackId)
            {
                return person;
            }
        }

        return null;
    }
}

/// <summary>
/// The bodies of a result for formats that want each as a column over time: its tracks or, where nothing was tracked and
/// no frame holds more than one person, that person.
/// </summary>
/// <param name="All">Rising by track; empty when nobody was found.</param>
/// <param name="StrayCount">Poses that belong to no track and are in none of them.</param>
internal sealed record Individuals(IReadOnlyList<Individual> All, long StrayCount)
{
    /// <summary>Finds them.</summary>
    /// <param name="result">The result.</param>
    /// <param name="format">Name of the format, for the message.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    /// <exception cref="PoseBatchException">output_conflict: people share frames, and nothing says who is who.</exception>
    public static Individuals Of(PoseResult result, string format, CancellationToken cancellation)
    {
        ResultTracks tracks = ResultTracks.Of(result.Path, cancellation);
        if (tracks.All.Count > 0)
        {
            return new([.. tracks.All.Select(track => new Individual(track.TrackId, track.FirstFrame, track.LastFrame))], tracks.StrayCount);
        }

        return tracks.CrowdedFrameCount == 0
            ? new(tracks.StrayFrames is { } only ? [new(null, only.First, only.Last)] : [], 0)
            : throw new PoseBatchException(
                ReasonCode.OutputConflict,
                FormattableString.Invariant($"{format} wants each person as a series over time, but '{result.Name}' has no tracks and {tracks.CrowdedFrameCount} of its frames hold more than one person."),
                "Process the video again with tracking on, or export to csv, wide-parquet, coco-json or openpose-json, which need no identity.");
    }

    /// <summary>What to tell the user of poses left out; empty when there are none.</summary>
    public IReadOnlyList<string> Notes => StrayCount == 0
        ? []
        : [FormattableString.Invariant($"{StrayCount} poses belong to no track and are left out.")];
}
