using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>One column of a table that is being read: its values in the row group in memory.</summary>
/// <param name="column">Its name, and its type and null rule, which the file must agree with.</param>
internal abstract class ResultColumn(TableColumn column)
{
    /// <summary>Name, type and null rule.</summary>
    public TableColumn Column => column;

    /// <summary>Its values.</summary>
    /// <exception cref="InvalidOperationException">It is none of the columns that are read.</exception>
    public abstract ColumnBuffer Buffer { get; }

    /// <summary>Takes memory for its values.</summary>
    /// <param name="inFile">The column as the file has it.</param>
    /// <param name="rows">Of the largest row group.</param>
    internal abstract void Reserve(TableColumn inFile, int rows);
}

/// <inheritdoc/>
/// <typeparam name="TBuffer">What holds its values.</typeparam>
internal class ResultColumn<TBuffer>(TableColumn column) : ResultColumn(column)
    where TBuffer : ColumnBuffer
{
    private TBuffer? _held;

    /// <inheritdoc/>
    public sealed override ColumnBuffer Buffer => Held;

    /// <summary>The same, by its type.</summary>
    protected TBuffer Held => _held ?? throw new InvalidOperationException($"The column '{Column.Name}' is not read.");

    /// <inheritdoc/>
    internal sealed override void Reserve(TableColumn inFile, int rows)
    {
        _held ??= (TBuffer)ColumnBuffer.Create(inFile);
        _held.Reserve(rows);
    }
}

/// <summary>A column of numbers that every row has.</summary>
/// <typeparam name="T">Their type in memory (see <see cref="ColumnBuffer{T}"/>).</typeparam>
internal sealed class NumberColumn<T>(TableColumn column) : ResultColumn<ColumnBuffer<T>>(column)
    where T : unmanaged
{
    /// <summary>The value of a row of the row group in memory.</summary>
    public T this[int row] => Held.Values[row];

    /// <summary>Those of all its rows.</summary>
    public ReadOnlySpan<T> Values => Held.Values;
}

/// <summary>A column of numbers that a row may lack. In a file without the column every row lacks it: another version wrote it.</summary>
/// <typeparam name="T">Their type in memory (see <see cref="ColumnBuffer{T}"/>).</typeparam>
internal sealed class NullableColumn<T>(TableColumn column) : ResultColumn<ColumnBuffer<T>>(column)
    where T : unmanaged
{
    /// <summary>The value of a row of the row group in memory; null where it has none.</summary>
    public T? this[int row]
    {
        get
        {
            ColumnBuffer<T> held = Held;
            return held.IsNull(row) ? null : held.Values[row];
        }
    }

    /// <summary>The value of a row, or another where it has none.</summary>
    public T ValueOr(int row, T absent)
    {
        ColumnBuffer<T> held = Held;
        return held.IsNull(row) ? absent : held.Values[row];
    }
}

/// <summary>A column of words that every row has.</summary>
internal sealed class WordColumn(TableColumn column) : ResultColumn<TextColumnBuffer>(column)
{
    /// <summary>The word of a row of the row group in memory.</summary>
    public string this[int row] => Held.Text(row)!;
}
