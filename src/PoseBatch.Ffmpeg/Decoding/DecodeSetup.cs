using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>What every child of one decode is started with.</summary>
/// <param name="Tools">The programs.</param>
/// <param name="Options">Their limits.</param>
/// <param name="Clock">Measures the silence of a child.</param>
/// <param name="Video">The video.</param>
/// <param name="Cancellation">Ends the children.</param>
internal sealed record DecodeSetup(FfmpegTools Tools, FfmpegOptions Options, TimeProvider Clock, VideoInfo Video, CancellationToken Cancellation);
