namespace PoseBatch.Ffmpeg.Processes;

/// <summary>Bytes that arrive one after the other.</summary>
internal interface IByteSource
{
    /// <summary>Waits for at least one byte; 0 means that no more will come.</summary>
    int Read(Span<byte> destination);
}

/// <summary>Takes what a child says on standard error, in pieces of any size.</summary>
internal interface IErrorSink
{
    void Feed(ReadOnlySpan<byte> text);
}
