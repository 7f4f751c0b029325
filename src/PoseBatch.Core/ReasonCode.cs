namespace PoseBatch;

/// <summary>Why a job did not complete: the closed list of the job contract. <see cref="ReasonCodes"/> gives the wire names.</summary>
public enum ReasonCode
{
    /// <summary>The source file does not exist.</summary>
    SourceMissing,

    /// <summary>The source file is out of reach for now: no right to read it, or its disk or share does not answer.</summary>
    SourceUnreadable,

    /// <summary>The source file changed while it was being read.</summary>
    SourceChanged,

    /// <summary>The source file is not whole yet: its index is missing, or it is still being written.</summary>
    SourceUnsettled,

    /// <summary>The source is not a video file: empty, text, a playlist, a FIFO, a device, a folder.</summary>
    NotVideo,

    /// <summary>The container opens but holds no video stream (or not the one asked for).</summary>
    NoVideoStream,

    /// <summary>No decoder for the stream on this machine, or a picture larger than the configured limit.</summary>
    CodecUnsupported,

    /// <summary>The decoder delivered no frame at all, or died.</summary>
    DecodeFailed,

    /// <summary>The model folder or one of its files does not exist.</summary>
    ModelMissing,

    /// <summary>The model's tensors, hash or description do not fit together.</summary>
    ModelMismatch,

    /// <summary>The inference provider that was asked for cannot be had.</summary>
    ProviderUnavailable,

    /// <summary>Memory of the host or the device ran out, or a child process was ended by a signal, as the system does then.</summary>
    OutOfMemory,

    /// <summary>The device failed while running.</summary>
    DeviceLost,

    /// <summary>The output disk is full or fails, or is not mounted any more.</summary>
    DiskFull,

    /// <summary>The output folder may not be written: no right, or a file system that is mounted read-only.</summary>
    OutputUnwritable,

    /// <summary>The result already exists, or its folder is in the way.</summary>
    OutputConflict,

    /// <summary>Another worker took the job over.</summary>
    LeaseLost,

    /// <summary>No progress within the stall limit.</summary>
    Stalled,

    /// <summary>The job failed as often as it may.</summary>
    MaxAttempts,

    /// <summary>Cancelled by the user.</summary>
    Cancelled,

    /// <summary>A defect of PoseBatch itself.</summary>
    Internal,
}
