using System.Globalization;
using PoseBatch.Inference;
using PoseBatch.Jobs;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// Counts, over one video, the frames for which a network gave something else than numbers, so that a network that sees nothing
/// is not taken for a video with nobody in it. Kept by the write stage; goes with the segments.
/// </summary>
internal sealed class OutputAccount
{
    private long _soundFrames;
    private long _voidFrames;
    private long _faultyFrames;
    private long _firstFrame;
    private long _lastFrame;
    private string _culprit = string.Empty;

    /// <summary>What the user should know; null when all was well. Valid after the last frame.</summary>
    public string? Warning => _faultyFrames == 0 ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"{_faultyFrames} {(_faultyFrames == 1 ? "frame" : "frames")}, from {_firstFrame} to {_lastFrame}, had NaN or infinity in {_culprit}: what hangs on those numbers was not found.{(_voidFrames == 0 ? null : $" In {_voidFrames} there was nothing else, so that nobody found means nothing there.")}");

    /// <summary>Takes note of an inferred frame; in order.</summary>
    public void Add(Frame frame)
    {
        OutputFinding finding = frame.Outputs;
        _soundFrames += finding.IsSound ? 1 : 0;
        _voidFrames += finding.IsVoid ? 1 : 0;
        if (finding.Culprit is { } culprit)
        {
            if (_faultyFrames++ == 0)
            {
                (_firstFrame, _culprit) = (frame.Stamp.Index, culprit);
            }

            _lastFrame = frame.Stamp.Index;
        }
    }

    /// <summary>At the end of a segment and of the video: a network that has given no number so far is not asked any longer.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: there was a frame without numbers, and none with.</exception>
    public void EnsureNumbers()
    {
        if (_voidFrames > 0 && _soundFrames == 0)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                string.Create(CultureInfo.InvariantCulture, $"The network gives no numbers: in all {_voidFrames} frames it was asked about, from {_firstFrame} on, {_culprit} held nothing but NaN or infinity."),
                "Compare mean, std, channel order and element type in model.json with how the network was trained, or export it again: 16-bit numbers overflow. If it ran on a GPU, see whether it gives numbers on the processor (--provider cpu, inference.provider of a job).");
        }
    }

    /// <summary>Writes the counts.</summary>
    public void Save(BinaryWriter state)
    {
        state.Write(_soundFrames);
        state.Write(_voidFrames);
        state.Write(_faultyFrames);
        state.Write(_firstFrame);
        state.Write(_lastFrame);
        state.Write(_culprit);
    }

    /// <summary>Goes on from counts that were saved; from none where the state of an older version ends before them.</summary>
    public void Restore(BinaryReader state)
    {
        if (state.BaseStream.Position < state.BaseStream.Length)
        {
            (_soundFrames, _voidFrames, _faultyFrames) = (state.ReadInt64(), state.ReadInt64(), state.ReadInt64());
            (_firstFrame, _lastFrame, _culprit) = (state.ReadInt64(), state.ReadInt64(), state.ReadString());
        }
    }
}
