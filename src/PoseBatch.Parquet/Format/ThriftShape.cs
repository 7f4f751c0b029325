namespace PoseBatch.Parquet.Format;

/// <summary>Types of Thrift's compact protocol; the numbers are its own. A flag is 1 or 2, as it is true or false.</summary>
internal enum ThriftKind
{
    Flag = 1,
    Byte = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Binary = 8,
    List = 9,
    Struct = 12,
}

/// <summary>What a structure of a Parquet file may hold: fields by number, as in parquet.thrift, no others.</summary>
internal sealed class ThriftShape(params ThriftField[] fields)
{
    // Footers of every version of PoseBatch; a field beyond these is damage, or the file is somebody else's.
    private static readonly ThriftShape Empty = new();

    private static readonly ThriftShape KeyValue = new(ThriftField.Of(1, ThriftKind.Binary), ThriftField.Of(2, ThriftKind.Binary));

    private static readonly ThriftShape LogicalType = new(
        ThriftField.Of(1, Empty), ThriftField.Of(10, new ThriftShape(ThriftField.Of(1, ThriftKind.Byte), ThriftField.Of(2, ThriftKind.Flag))));

    private static readonly ThriftShape Leaf = new(
        ThriftField.Of(1, ThriftKind.I32), ThriftField.Of(3, ThriftKind.I32), ThriftField.Of(4, ThriftKind.Binary),
        ThriftField.Of(6, ThriftKind.I32), ThriftField.Of(10, LogicalType));

    private static readonly ThriftShape Root = new(ThriftField.Of(4, ThriftKind.Binary), ThriftField.Of(5, ThriftKind.I32));

    private static readonly ThriftShape Statistics = new(
        ThriftField.Of(1, ThriftKind.Binary), ThriftField.Of(2, ThriftKind.Binary), ThriftField.Of(3, ThriftKind.I64), ThriftField.Of(4, ThriftKind.I64),
        ThriftField.Of(5, ThriftKind.Binary), ThriftField.Of(6, ThriftKind.Binary), ThriftField.Of(7, ThriftKind.Flag), ThriftField.Of(8, ThriftKind.Flag));

    private static readonly ThriftShape ColumnMetaData = new(
        ThriftField.Of(1, ThriftKind.I32), ThriftField.ListOf(2, ThriftKind.I32), ThriftField.ListOf(3, ThriftKind.Binary), ThriftField.Of(4, ThriftKind.I32),
        ThriftField.Of(5, ThriftKind.I64), ThriftField.Of(6, ThriftKind.I64), ThriftField.Of(7, ThriftKind.I64), ThriftField.ListOf(8, KeyValue),
        ThriftField.Of(9, ThriftKind.I64), ThriftField.Of(11, ThriftKind.I64), ThriftField.Of(12, Statistics));

    private static readonly ThriftShape ColumnChunk = new(ThriftField.Of(2, ThriftKind.I64), ThriftField.Of(3, ColumnMetaData));

    private static readonly ThriftShape SortingColumn = new(
        ThriftField.Of(1, ThriftKind.I32), ThriftField.Of(2, ThriftKind.Flag), ThriftField.Of(3, ThriftKind.Flag));

    private static readonly ThriftShape RowGroup = new(
        ThriftField.ListOf(1, ColumnChunk), ThriftField.Of(2, ThriftKind.I64), ThriftField.Of(3, ThriftKind.I64), ThriftField.ListOf(4, SortingColumn),
        ThriftField.Of(5, ThriftKind.I64), ThriftField.Of(6, ThriftKind.I64), ThriftField.Of(7, ThriftKind.I16));

    /// <summary>The footer of a file: a flat table, so only the first element of the schema has children.</summary>
    public static readonly ThriftShape FileMetaData = new(
        ThriftField.Of(1, ThriftKind.I32), ThriftField.ListOf(2, Leaf, first: Root), ThriftField.Of(3, ThriftKind.I64), ThriftField.ListOf(4, RowGroup),
        ThriftField.ListOf(5, KeyValue), ThriftField.Of(6, ThriftKind.Binary), ThriftField.ListOf(7, new ThriftShape(ThriftField.Of(1, Empty))));

    /// <summary>The header of a page; its numbers go to the places of <see cref="PageNumber"/>.</summary>
    public static readonly ThriftShape PageHeader = new(
        ThriftField.Of(1, ThriftKind.I32, PageNumber.Kind), ThriftField.Of(2, ThriftKind.I32, PageNumber.PlainSize),
        ThriftField.Of(3, ThriftKind.I32, PageNumber.PackedSize), ThriftField.Of(4, ThriftKind.I32),
        ThriftField.Of(5, new ThriftShape(
            ThriftField.Of(1, ThriftKind.I32, PageNumber.RowCount), ThriftField.Of(2, ThriftKind.I32, PageNumber.Encoding), ThriftField.Of(3, ThriftKind.I32),
            ThriftField.Of(4, ThriftKind.I32), ThriftField.Of(5, Statistics))),
        ThriftField.Of(7, new ThriftShape(
            ThriftField.Of(1, ThriftKind.I32, PageNumber.WordCount), ThriftField.Of(2, ThriftKind.I32), ThriftField.Of(3, ThriftKind.Flag))));

    /// <summary>The field of a number, or null.</summary>
    public ThriftField? Find(int number)
    {
        foreach (ThriftField field in fields)
        {
            if (field.Number == number)
            {
                return field;
            }
        }

        return null;
    }
}

/// <summary>One field of a structure.</summary>
/// <param name="Number">Its number in parquet.thrift.</param>
/// <param name="Kind">Its type.</param>
/// <param name="Element">Type of the elements of a list.</param>
/// <param name="Inner">What a structure, or each element of a list of structures, holds.</param>
/// <param name="First">What the first element of a list holds, where that differs.</param>
/// <param name="Place">Where its value goes; -1 for nowhere.</param>
internal sealed record ThriftField(int Number, ThriftKind Kind, ThriftKind Element, ThriftShape? Inner, ThriftShape? First, int Place)
{
    public static ThriftField Of(int number, ThriftKind kind, int place = -1) => new(number, kind, default, null, null, place);

    public static ThriftField Of(int number, ThriftShape inner) => new(number, ThriftKind.Struct, default, inner, null, -1);

    public static ThriftField ListOf(int number, ThriftKind element) => new(number, ThriftKind.List, element, null, null, -1);

    public static ThriftField ListOf(int number, ThriftShape inner, ThriftShape? first = null) =>
        new(number, ThriftKind.List, ThriftKind.Struct, inner, first, -1);
}

/// <summary>Places of the numbers that are taken out of a page's header.</summary>
internal static class PageNumber
{
    public const int Kind = 0;
    public const int PlainSize = 1;
    public const int PackedSize = 2;
    public const int RowCount = 3;
    public const int Encoding = 4;
    public const int WordCount = 5;

    /// <summary>How many there are.</summary>
    public const int Count = 6;
}
