namespace PoseBatch.Parquet.Format;

/// <summary>
/// What Parquet.Net may see of a file: the beginning that every table has, and the one part that was read and checked. Anywhere
/// else the file ends, so that no length in it leads elsewhere. Reads end at once, whether asked for as a task or not.
/// </summary>
/// <param name="size">Bytes of the file.</param>
internal sealed class CheckedStream(long size) : Stream
{
    private ReadOnlyMemory<byte> _part;
    private long _start;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => size;

    /// <inheritdoc/>
    public override long Position { get; set; }

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Exchanges the part that can be seen.</summary>
    /// <param name="start">Where it begins in the file.</param>
    /// <param name="part">Its bytes.</param>
    public void Show(long start, ReadOnlyMemory<byte> part) => (_start, _part) = (start, part);

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> from = At(Position);
        int count = Math.Min(from.Length, buffer.Length);
        if (count == 0 && buffer.Length > 0)
        {
            throw new EndOfStreamException("it leads out of the column");
        }

        from[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        byte one = 0;
        ReadExactly(new Span<byte>(ref one));
        return one;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => size,
    };

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private ReadOnlySpan<byte> At(long position) =>
        position >= _start && position < _start + _part.Length ? _part.Span[(int)(position - _start)..]
            : position >= 0 && position < Magic.Length ? Magic[(int)position..]
            : [];
}
