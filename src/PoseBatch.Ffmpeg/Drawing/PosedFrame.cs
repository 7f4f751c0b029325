using PoseBatch.Poses;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>What is to be drawn on one frame.</summary>
/// <param name="Seconds">Time since the first frame of the video, as the tables give it.</param>
/// <param name="People">
/// One list per person, joints in the order of the skeleton; null for a joint that has no position. Empty for a frame
/// without people.
/// </param>
public readonly record struct PosedFrame(double Seconds, IReadOnlyList<IReadOnlyList<Keypoint?>> People)
{
    /// <summary>What is written beside each person, one per person; null draws bare skeletons, coloured by side alone.</summary>
    public IReadOnlyList<PersonTag>? Tags { get; init; }
}

/// <summary>
/// Who a drawn person is. A track gives its bones a colour and the tag its number; joints are drawn the smaller, the less
/// the model was sure of them.
/// </summary>
/// <param name="TrackId">Identity within the video; null for none.</param>
/// <param name="Score">Score of the whole pose, shown with two decimals.</param>
public readonly record struct PersonTag(int? TrackId, float Score);
