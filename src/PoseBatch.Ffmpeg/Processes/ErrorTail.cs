using System.Text;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>Passes on what a child says and keeps the end of it, from which its end is judged.</summary>
/// <param name="next">Who reads it.</param>
internal sealed class ErrorTail(IErrorSink? next = null) : IErrorSink
{
    private const int KeptBytes = 8 * 1024;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(2 * KeptBytes);
    private int _count;

    /// <inheritdoc/>
    public void Feed(ReadOnlySpan<byte> text)
    {
        next?.Feed(text);
        text = text[^int.Min(text.Length, KeptBytes)..];
        if (_count + text.Length > _bytes.Length)
        {
            int kept = int.Min(_count, KeptBytes);
            _bytes.AsSpan(_count - kept, kept).CopyTo(_bytes);
            _count = kept;
        }

        text.CopyTo(_bytes.AsSpan(_count));
        _count += text.Length;
    }

    /// <summary>The last lines, without a name that may read like a message.</summary>
    /// <param name="name">Path of the file the child was given.</param>
    public string Without(string name) => Encoding.UTF8.GetString(_bytes, 0, _count).Replace(name, string.Empty, StringComparison.Ordinal);
}
