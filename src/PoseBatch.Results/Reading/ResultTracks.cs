using System.Runtime.InteropServices;

namespace PoseBatch.Results.Reading;

/// <summary>One track, as the rows of its person say.</summary>
internal readonly record struct TrackFacts(int TrackId, int FirstFrame, int LastFrame, double FirstSeconds, double LastSeconds, int FrameCount, double ScoreSum)
{
    public double MeanScore => ScoreSum / FrameCount;
}

/// <summary>Who is who over the frames of a result.</summary>
/// <param name="All">Every track that occurs, rising by id; empty without tracking.</param>
/// <param name="StrayCount">Poses that belong to no track.</param>
/// <param name="StrayFrames">First and last frame with such a pose; null when there is none.</param>
/// <param name="CrowdedFrameCount">Frames with more than one person.</param>
internal sealed record ResultTracks(IReadOnlyList<TrackFacts> All, long StrayCount, (int First, int Last)? StrayFrames, int CrowdedFrameCount)
{
    /// <summary>Gathers them in one pass over the persons; memory grows with the number of tracks alone.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    /// <exception cref="ResultUnreadableException">The table is gone or damaged.</exception>
    public static ResultTracks Of(string folder, CancellationToken cancellation)
    {
        using PersonTable persons = new(folder);
        Dictionary<int, TrackFacts> tracks = [];
        (int First, int Last)? strayFrames = null;
        long strays = 0;
        int crowded = 0;
        foreach (int row in persons.Rows([persons.Time, persons.Slot, persons.TrackId, persons.Score], cancellation))
        {
            (int frame, double time, float score) = (persons.FrameIndex[row], persons.Time[row], persons.Score[row]);
            crowded += persons.Slot[row] == 1 ? 1 : 0;
            if (persons.TrackId[row] is { } id)
            {
                ref TrackFacts track = ref CollectionsMarshal.GetValueRefOrAddDefault(tracks, id, out bool isKnown);
                track = isKnown
                    ? track with { LastFrame = frame, LastSeconds = time, FrameCount = track.FrameCount + 1, ScoreSum = track.ScoreSum + score }
                    : new(id, frame, frame, time, time, 1, score);
            }
            else
            {
                strays++;
                strayFrames = (strayFrames?.First ?? frame, frame);
            }
        }

        return new([.. tracks.Values.OrderBy(track => track.TrackId)], strays, strayFrames, crowded);
    }
}
