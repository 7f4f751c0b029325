using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>What all stages of one video's run share.</summary>
/// <param name="Dispatch">Brings frames to the engine.</param>
/// <param name="Pool">Frames of this video.</param>
/// <param name="Settings">Selection and thresholds.</param>
/// <param name="Meters">Counts while it runs.</param>
internal sealed record RunParts(FrameDispatch Dispatch, FramePool Pool, PipelineSettings Settings, RunMeters Meters);
