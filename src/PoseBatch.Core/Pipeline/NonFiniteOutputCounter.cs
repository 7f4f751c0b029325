using System.Globalization;
using PoseBatch.Models;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// Counts, over one video or a set of pictures, the frames for which a network gave something else than numbers, so that a network
/// that sees nothing is not taken for a video with nobody in it. Of a video it is kept by the write stage and goes with the segments.
/// </summary>
/// <param name="unit">What one frame is called.</param>
/// <param name="nameOf">Says which one, given its number; null for the number itself.</param>
public sealed class NonFiniteOutputCounter(string unit = "frame", Func<long, string>? nameOf = null)
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
        $"{_faultyFrames} {(_faultyFrames == 1 ? unit : unit + "s")}, from {NameOf(_firstFrame)} to {NameOf(_lastFrame)}, had NaN or infinity in {_culprit}: what hangs on those numbers was not found.{(_voidFrames == 0 ? null : $" In {_voidFrames} there was nothing else, so that nobody found means nothing there.")}");

    /// <summary>Takes note of an inferred frame; in order.</summary>
    public void Add(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Add(frame, frame.Stamp.Index);
    }

    /// <summary>The same for a frame that is known by another number than its place in a video.</summary>
    public void Add(Frame frame, long number)
    {
        ArgumentNullException.ThrowIfNull(frame);
        OutputFinding finding = frame.Outputs;
        _soundFrames += finding.IsSound ? 1 : 0;
        _voidFrames += finding.IsVoid ? 1 : 0;
        if (finding.Culprit is { } culprit)
        {
            if (_faultyFrames++ == 0)
            {
                (_firstFrame, _culprit) = (number, culprit);
            }

            _lastFrame = number;
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
                string.Create(CultureInfo.InvariantCulture, $"The network gives no numbers: in all {_voidFrames} {unit}s it was asked about, from {NameOf(_firstFrame)} on, {_culprit} held nothing but NaN or infinity."),
                "Compare mean, std, channel order and element type in model.json with how the network was trained, or export it again: 16-bit numbers overflow. If it ran on a GPU, see whether it gives numbers on the processor (--provider cpu, inference.provider of a job).");
        }
    }

    /// <summary>Writes the counts.</summary>
    internal void Save(BinaryWriter state)
    {
        state.Write(_soundFrames);
        state.Write(_voidFrames);
        state.Write(_faultyFrames);
        state.Write(_firstFrame);
        state.Write(_lastFrame);
        state.Write(_culprit);
    }

    /// <summary>Goes on from counts that were saved; from none where the state of an older version ends before them.</summary>
    internal void Restore(BinaryReader state)
    {
        if (state.BaseStream.Position < state.BaseStream.Length)
        {
            (_soundFrames, _voidFrames, _faultyFrames) = (state.ReadInt64(), state.ReadInt64(), state.ReadInt64());
            (_firstFrame, _lastFrame, _culprit) = (state.ReadInt64(), state.ReadInt64(), state.ReadString());
        }
    }

    private string NameOf(long number) => nameOf?.Invoke(number) ?? number.ToString(CultureInfo.InvariantCulture);
}
