using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PoseBatch.Tables;

/// <summary>The values of one column of some rows, in memory that is kept and reused. Not thread-safe.</summary>
public abstract class ColumnBuffer(TableColumn column)
{
    private byte[] _validity = [];

    /// <summary>Name, type and null rule.</summary>
    public TableColumn Column { get; } = column;

    /// <summary>Rows held, nulls included.</summary>
    public int Count { get; private set; }

    /// <summary>One byte per row, 1 for a value and 0 for null; empty for a column that is never null.</summary>
    public ReadOnlySpan<byte> Validity => Column.IsNullable ? _validity.AsSpan(0, Count) : [];

    /// <summary>Whether a row has no value.</summary>
    /// <param name="row">0 to <see cref="Count"/> - 1.</param>
    public bool IsNull(int row) => Column.IsNullable && Validity[row] == 0;

    /// <summary>Forgets all rows; keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>
    /// Takes the memory for so many rows now, all of it: it is written to once, as what is merely promised by the system is taken
    /// page by page later, and a long video would need more than a short one.
    /// </summary>
    /// <param name="rows">Rows from the first on.</param>
    public void Reserve(int rows)
    {
        if (rows > Capacity)
        {
            int held = Count;
            Resize(rows);
            ClearValues(held, rows - held);
            if (Column.IsNullable)
            {
                Array.Resize(ref _validity, rows);
                _validity.AsSpan(held).Clear();
            }
        }
    }

    /// <summary>Adds rows without a value.</summary>
    /// <param name="rows">How many; 0 is allowed.</param>
    /// <exception cref="InvalidOperationException">The column is never null.</exception>
    public void AppendNulls(int rows)
    {
        if (!Column.IsNullable)
        {
            throw new InvalidOperationException($"Column '{Column.Name}' is never null.");
        }

        int start = Lengthen(rows);
        ClearValues(start, rows);
        _validity.AsSpan(start, rows).Clear();
    }

    /// <summary>The memory of <see cref="Count"/> values as they lie, for storage that is read by the same program on the same kind of machine.</summary>
    public abstract ReadOnlySpan<byte> ValueBytes { get; }

    /// <summary>Bytes of one value in memory.</summary>
    public abstract int ValueSize { get; }

    /// <summary>Adds rows from memory as <see cref="ValueBytes"/> and <see cref="Validity"/> gave it.</summary>
    /// <param name="values">Whole values.</param>
    /// <param name="validity">One byte per row; empty for a column that is never null.</param>
    /// <exception cref="ArgumentException">The two do not fit this column or each other.</exception>
    public void AppendBytes(ReadOnlySpan<byte> values, ReadOnlySpan<byte> validity)
    {
        int rows = values.Length / ValueSize;
        if (rows * ValueSize != values.Length || validity.Length != (Column.IsNullable ? rows : 0))
        {
            throw new ArgumentException($"{values.Length} bytes of values and {validity.Length} of validity are no rows of column '{Column.Name}'.", nameof(values));
        }

        int start = Lengthen(rows);
        values.CopyTo(BytesFrom(start));
        validity.CopyTo(ValidityFrom(start));
    }

    /// <summary>Adds rows of a column of the same kind.</summary>
    /// <param name="source">Where they stand.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="rows">How many.</param>
    public void AppendRows(ColumnBuffer source, int start, int rows)
    {
        ArgumentNullException.ThrowIfNull(source);
        AppendBytes(
            source.ValueBytes.Slice(start * ValueSize, rows * ValueSize),
            source.Column.IsNullable ? source.Validity.Slice(start, rows) : []);
    }

    /// <summary>Makes a buffer for a column.</summary>
    /// <param name="column">What it shall hold.</param>
    public static ColumnBuffer Create(TableColumn column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return column.Type switch
        {
            ColumnType.Int16 or ColumnType.Int32 => new ColumnBuffer<int>(column),
            ColumnType.Int64 => new ColumnBuffer<long>(column),
            ColumnType.Float => new ColumnBuffer<float>(column),
            ColumnType.Double => new ColumnBuffer<double>(column),
            ColumnType.Boolean => new ColumnBuffer<bool>(column),
            ColumnType.Text => new TextColumnBuffer(column),
            _ => throw new ArgumentOutOfRangeException(nameof(column), column.Type, "Unknown column type."),
        };
    }

    /// <summary>Adds rows, all marked as having a value, and returns the place of the first.</summary>
    private protected int Lengthen(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        int start = Count;
        int needed = checked(start + rows);
        if (needed > Capacity)
        {
            int capacity = (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(256L, needed), 2L * Capacity));
            Resize(capacity);
            if (Column.IsNullable)
            {
                Array.Resize(ref _validity, capacity);
            }
        }

        Count = needed;
        if (Column.IsNullable)
        {
            _validity.AsSpan(start, rows).Fill(1);
        }

        return start;
    }

    /// <summary>The validity bytes of rows just added, to be changed to 0 where there is no value.</summary>
    private protected Span<byte> ValidityFrom(int start) => Column.IsNullable ? _validity.AsSpan(start, Count - start) : [];

    private protected abstract int Capacity { get; }

    private protected abstract Span<byte> BytesFrom(int start);

    private protected abstract void Resize(int capacity);

    private protected abstract void ClearValues(int start, int rows);
}

/// <summary>
/// Values of one type: <see langword="int"/> for Int16 and Int32, <see langword="long"/>, <see langword="float"/>,
/// <see langword="double"/>, <see langword="bool"/>. A null row holds the type's default.
/// </summary>
/// <typeparam name="T">Type in memory.</typeparam>
public class ColumnBuffer<T> : ColumnBuffer
    where T : unmanaged
{
    private T[] _values = [];

    /// <param name="column">What it shall hold.</param>
    public ColumnBuffer(TableColumn column)
        : base(column)
    {
    }

    /// <summary>One value per row; the type's default where the row is null.</summary>
    public ReadOnlySpan<T> Values => _values.AsSpan(0, Count);

    /// <summary>The same memory as <see cref="Values"/>, good until rows are added.</summary>
    public ReadOnlyMemory<T> ValueMemory => _values.AsMemory(0, Count);

    /// <summary>Adds one value.</summary>
    public void Append(T value)
    {
        int row = Lengthen(1);
        _values[row] = value;
    }

    /// <summary>Adds one value, or null.</summary>
    public void Append(T? value)
    {
        if (value is { } known)
        {
            Append(known);
        }
        else
        {
            AppendNulls(1);
        }
    }

    /// <summary>Adds the same value many times.</summary>
    /// <param name="value">The value.</param>
    /// <param name="rows">How many times.</param>
    public void Fill(T value, int rows) => Extend(rows).Fill(value);

    /// <summary>Adds rows and returns their places, to be filled by the caller; each counts as having a value.</summary>
    /// <param name="rows">How many.</param>
    public Span<T> Extend(int rows)
    {
        // First lengthen: it may exchange the array.
        int start = Lengthen(rows);
        return _values.AsSpan(start, rows);
    }

    /// <summary>Adds rows and returns their places, as <see cref="Extend(int)"/> does, for those who fill them later.</summary>
    /// <param name="rows">How many.</param>
    public Memory<T> ExtendMemory(int rows)
    {
        int start = Lengthen(rows);
        return _values.AsMemory(start, rows);
    }

    /// <summary>Adds rows and returns their places and their validity, 1 for each, to be set to 0 where there is no value.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="validity">One byte per new row; empty for a column that is never null. A null row must hold the type's default.</param>
    public Span<T> Extend(int rows, out Span<byte> validity)
    {
        int start = Lengthen(rows);
        validity = ValidityFrom(start);
        return _values.AsSpan(start, rows);
    }

    /// <inheritdoc/>
    public sealed override ReadOnlySpan<byte> ValueBytes => MemoryMarshal.AsBytes(Values);

    /// <inheritdoc/>
    public sealed override int ValueSize => Unsafe.SizeOf<T>();

    private protected sealed override int Capacity => _values.Length;

    private protected sealed override Span<byte> BytesFrom(int start) => MemoryMarshal.AsBytes(_values.AsSpan(start, Count - start));

    private protected sealed override void Resize(int capacity) => Array.Resize(ref _values, capacity);

    private protected sealed override void ClearValues(int start, int rows) => _values.AsSpan(start, rows).Clear();
}

/// <summary>Text as codes into a short list of words.</summary>
public sealed class TextColumnBuffer(TableColumn column) : ColumnBuffer<int>(column)
{
    private readonly List<string> _words = [];
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);

    /// <summary>The words; <see cref="ColumnBuffer{T}.Values"/> are places in this list. Kept by <see cref="ColumnBuffer.Clear"/>.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>The code of a word, which is added to the list when it is new.</summary>
    /// <param name="word">Any text.</param>
    public int CodeOf(string word)
    {
        ref int code = ref CollectionsMarshal.GetValueRefOrAddDefault(_codes, word, out bool known);
        if (!known)
        {
            code = _words.Count;
            _words.Add(word);
        }

        return code;
    }

    /// <summary>The text of a row; null where the row has none.</summary>
    /// <param name="row">0 to Count - 1.</param>
    public string? Text(int row) => IsNull(row) ? null : _words[Values[row]];
}
