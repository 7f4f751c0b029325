namespace PoseBatch.Results.Reading;

/// <summary>Any table of a result, with the columns that its file has.</summary>
internal sealed class WholeTable : ResultTable
{
    /// <summary>Opens the table; reads the footer, no rows.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="table">For example <c>keypoints</c>.</param>
    /// <exception cref="ResultUnreadableException">It is not there, or is damaged.</exception>
    public WholeTable(string folder, string table)
        : base(folder, table, schema: null) => Columns = [.. Schema.Columns.Select(column => Any(column.Name))];

    /// <summary>All columns, in the order of the file.</summary>
    public IReadOnlyList<ResultColumn> Columns { get; }
}
