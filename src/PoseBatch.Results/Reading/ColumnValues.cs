using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>Reads single values out of columns.</summary>
internal static class ColumnValues
{
    /// <summary>The value of a row; null where it has none.</summary>
    public static T? ValueAt<T>(this ColumnBuffer<T> column, int row)
        where T : unmanaged => column.IsNull(row) ? null : column.Values[row];
}
