using PoseBatch.Poses;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>What is to be drawn on one frame.</summary>
/// <param name="Seconds">Time since the first frame of the video, as the tables give it.</param>
/// <param name="People">
/// One list per person, joints in the order of the skeleton; null for a joint that has no position. Empty for a frame
/// without people.
/// </param>
public readonly record struct PosedFrame(double Seconds, IReadOnlyList<IReadOnlyList<Keypoint?>> People);
