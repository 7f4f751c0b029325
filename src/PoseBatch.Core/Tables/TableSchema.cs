namespace PoseBatch.Tables;

/// <summary>Physical type of a column.</summary>
public enum ColumnType
{
    /// <summary>16-bit signed integer.</summary>
    Int16,

    /// <summary>32-bit signed integer.</summary>
    Int32,

    /// <summary>64-bit signed integer.</summary>
    Int64,

    /// <summary>32-bit float.</summary>
    Float,

    /// <summary>64-bit float.</summary>
    Double,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>UTF-8 text, written through a dictionary.</summary>
    Text,
}

/// <summary>One column of a table: stated once, used by writer, reader, metadata and docs.</summary>
/// <param name="Name">snake_case name in the file.</param>
/// <param name="Type">Physical type.</param>
/// <param name="IsNullable">Whether a row may have no value.</param>
/// <param name="Unit">Unit or domain, for example <c>px</c>.</param>
/// <param name="Meaning">One sentence for the data dictionary.</param>
public sealed record TableColumn(string Name, ColumnType Type, bool IsNullable, string Unit, string Meaning)
{
    /// <summary>When a row has no value; <c>never</c> for a column that always has one.</summary>
    public string NullRule { get; init; } = "never";

    /// <summary>Whether a table may come without this column, as the settings say.</summary>
    public bool IsOptional { get; init; }
}

/// <summary>A table's name and its columns in file order.</summary>
public sealed record TableSchema(string Name, IReadOnlyList<TableColumn> Columns)
{
    /// <summary>Names of the columns by which the rows are sorted, ascending, most significant first; empty when unsorted.</summary>
    public IReadOnlyList<string> SortedBy { get; init; } = [];

    /// <summary>Whether a result may come without this table, as the settings say.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Name of its file in the folder of a result.</summary>
    public string FileName => Name + ".parquet";

    /// <summary>The same table without its optional columns.</summary>
    public TableSchema WithoutOptionalColumns() => this with { Columns = [.. Columns.Where(column => !column.IsOptional)] };

    /// <summary>Place of a column in <see cref="Columns"/>.</summary>
    /// <param name="column">Name of the column.</param>
    /// <returns>0-based place, or -1 when the table has no such column.</returns>
    public int IndexOf(string column)
    {
        for (int i = 0; i < Columns.Count; i++)
        {
            if (Columns[i].Name == column)
            {
                return i;
            }
        }

        return -1;
    }
}
