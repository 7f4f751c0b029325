using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>
/// One column of a table that is being read. Its values in the row group in memory are read when the first of them is asked for: a
/// column that nobody asks costs nothing.
/// </summary>
internal abstract class ResultColumn
{
    /// <summary>Name, type and null rule.</summary>
    public abstract TableColumn Column { get; }

    /// <summary>Its values in the row group in memory.</summary>
    /// <exception cref="ResultUnreadableException">A page is damaged, the file has another type, or lacks a column that is never null.</exception>
    public abstract ColumnBuffer Buffer { get; }

    /// <summary>Another row group is in memory.</summary>
    internal abstract void Leave();
}

/// <inheritdoc/>
/// <typeparam name="TBuffer">What holds its values.</typeparam>
/// <param name="table">Its table.</param>
/// <param name="column">Its name, and its type and null rule, which the file must agree with.</param>
internal class ResultColumn<TBuffer>(ResultTable table, TableColumn column) : ResultColumn
    where TBuffer : ColumnBuffer
{
    private TBuffer? _room;
    private TBuffer? _held;

    /// <inheritdoc/>
    public sealed override TableColumn Column => column;

    /// <inheritdoc/>
    public sealed override ColumnBuffer Buffer => Held;

    /// <summary>The same, by its type.</summary>
    protected TBuffer Held => _held ?? Read();

    /// <inheritdoc/>
    internal sealed override void Leave() => _held = null;

    private TBuffer Read() => _held = _room = (TBuffer)table.Read(column, _room);
}

/// <summary>A column of numbers that every row has.</summary>
/// <typeparam name="T">Their type in memory (see <see cref="ColumnBuffer{T}"/>).</typeparam>
internal sealed class NumberColumn<T>(ResultTable table, TableColumn column) : ResultColumn<ColumnBuffer<T>>(table, column)
    where T : unmanaged
{
    /// <summary>The value of a row of the row group in memory.</summary>
    public T this[int row] => Held.Values[row];

    /// <summary>Those of all its rows.</summary>
    public ReadOnlySpan<T> Values => Held.Values;
}

/// <summary>A column of numbers that a row may lack. In a file without the column every row lacks it: another version wrote it.</summary>
/// <typeparam name="T">Their type in memory (see <see cref="ColumnBuffer{T}"/>).</typeparam>
internal sealed class NullableColumn<T>(ResultTable table, TableColumn column) : ResultColumn<ColumnBuffer<T>>(table, column)
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
}

/// <summary>A column of words that every row has.</summary>
internal sealed class WordColumn(ResultTable table, TableColumn column) : ResultColumn<TextColumnBuffer>(table, column)
{
    /// <summary>The word of a row of the row group in memory.</summary>
    public string this[int row] => Held.Text(row)!;
}
