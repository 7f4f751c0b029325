namespace PoseBatch.Parquet.Format;

/// <summary>
/// Scratch memory of everything that takes columns to a file and back: writers, readers and the segments of one result work one
/// after the other and share it, so that hours of video take what minutes take. What lies in it is good until the next call of
/// any of them. Not thread-safe.
/// </summary>
internal sealed class ChunkMemory
{
    private readonly Dictionary<Type, Array> _values = [];
    private int[] _levels = [];
    private byte[] _pages = [];

    /// <summary>What goes to a file next; whoever writes leaves it empty.</summary>
    public ByteBuffer Output { get; } = new();

    /// <summary>Bytes compressed.</summary>
    public ByteBuffer Packed { get; } = new();

    /// <summary>Bytes before compression, or after.</summary>
    public ByteBuffer Plain { get; } = new();

    /// <summary>Values of some rows side by side, without those that are null.</summary>
    public Memory<T> Values<T>(int count)
    {
        T[] values = _values.GetValueOrDefault(typeof(T)) as T[] ?? [];
        if (values.Length < count)
        {
            _values[typeof(T)] = values = new T[Larger(values.Length, count)];
        }

        return values.AsMemory(0, count);
    }

    /// <summary>One definition level per row: 1 for a value, 0 for null.</summary>
    public Memory<int> Levels(int count) => Room(ref _levels, count);

    /// <summary>All pages of a column as they lie in a file.</summary>
    public Memory<byte> Pages(int size) => Room(ref _pages, size);

    private static Memory<T> Room<T>(ref T[] memory, int count)
        where T : unmanaged
    {
        if (memory.Length < count)
        {
            memory = GC.AllocateUninitializedArray<T>(Larger(memory.Length, count));
        }

        return memory.AsMemory(0, count);
    }

    private static int Larger(int held, int count) => (int)Math.Max(count, Math.Min(Array.MaxLength, 2L * held));
}
