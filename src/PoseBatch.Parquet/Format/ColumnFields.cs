using System.Numerics.Tensors;
using Parquet;
using Parquet.Meta;
using Parquet.Schema;
using PoseBatch.Tables;
using PhysicalType = Parquet.Meta.Type;

namespace PoseBatch.Parquet.Format;

/// <summary>How the columns of the tables stand in a Parquet file.</summary>
internal static class ColumnFields
{
    // Parquet.Net takes differences of 16-bit numbers in 16 bits: beyond this range other readers would see other numbers.
    private const int WidestDifference = short.MaxValue / 2;

    /// <summary>The column as Parquet.Net knows it.</summary>
    public static DataField Of(TableColumn column) => new(column.Name, TypeInMemory(column.Type), column.IsNullable);

    /// <summary>What a profile means to Parquet.Net, but for the hints of the columns.</summary>
    public static ParquetOptions OptionsFor(TableProfile profile) => new()
    {
        // "Optimal" is level 3 of zstd; Snappy has no levels.
        CompressionMethod = profile == TableProfile.Compact ? CompressionMethod.Zstd : CompressionMethod.Snappy,
        CompressionLevel = System.IO.Compression.CompressionLevel.Optimal,
    };

    /// <summary>
    /// How a column is encoded (docs/decisions/0002): positions split, as it takes a quarter off them; whole numbers as differences;
    /// times plain, as they are smaller so than split.
    /// </summary>
    /// <param name="column">The column.</param>
    /// <param name="profile">Older readers know no encodings but plain and dictionary.</param>
    public static EncodingHint HintFor(ColumnBuffer column, TableProfile profile) => column.Column.Type switch
    {
        ColumnType.Text => EncodingHint.Dictionary,
        _ when profile == TableProfile.Compatible => EncodingHint.Default,
        ColumnType.Int16 => IsNarrow(((ColumnBuffer<int>)column).Values) ? EncodingHint.DeltaBinaryPacked : EncodingHint.Default,
        ColumnType.Int32 or ColumnType.Int64 => EncodingHint.DeltaBinaryPacked,
        ColumnType.Float => EncodingHint.ByteSplitStream,
        _ => EncodingHint.Default,
    };

    /// <summary>The table that a footer describes; units and meanings are filled in for the tables PoseBatch knows.</summary>
    /// <param name="elements">Its schema: the root, then the columns.</param>
    /// <param name="name">What it calls itself.</param>
    /// <exception cref="InvalidDataException">It has columns that no table has.</exception>
    public static TableSchema SchemaOf(IReadOnlyList<SchemaElement> elements, string name)
    {
        TableSchema? known = TableSchemas.Find(name);
        TableColumn[] columns = [.. elements.Skip(1).Select(element => Describe(known, element))];
        return columns.Length > 0
            ? new TableSchema(name, columns) { SortedBy = known?.SortedBy ?? [] }
            : throw new InvalidDataException("the table has no columns");
    }

    /// <summary>Physical type of a column.</summary>
    public static PhysicalType Physical(ColumnType type) => type switch
    {
        ColumnType.Int16 or ColumnType.Int32 => PhysicalType.INT32,
        ColumnType.Int64 => PhysicalType.INT64,
        ColumnType.Float => PhysicalType.FLOAT,
        ColumnType.Double => PhysicalType.DOUBLE,
        ColumnType.Boolean => PhysicalType.BOOLEAN,
        ColumnType.Text => PhysicalType.BYTE_ARRAY,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a column type."),
    };

    private static System.Type TypeInMemory(ColumnType type) => type switch
    {
        ColumnType.Int16 => typeof(short),
        ColumnType.Int32 => typeof(int),
        ColumnType.Int64 => typeof(long),
        ColumnType.Float => typeof(float),
        ColumnType.Double => typeof(double),
        ColumnType.Boolean => typeof(bool),
        ColumnType.Text => typeof(string),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a column type."),
    };

    /// <summary>Unit and meaning of a column that is known; an unknown one is described by what the file says.</summary>
    private static TableColumn Describe(TableSchema? known, SchemaElement element)
    {
        if (element.RepetitionType is not (FieldRepetitionType.REQUIRED or FieldRepetitionType.OPTIONAL))
        {
            throw new InvalidDataException($"column '{element.Name}' is a list, and tables are flat");
        }

        ColumnType type = (element.Type, element.ConvertedType) switch
        {
            (PhysicalType.INT32, ConvertedType.INT_16) => ColumnType.Int16,
            (PhysicalType.INT32, null or ConvertedType.INT_32) => ColumnType.Int32,
            (PhysicalType.INT64, null or ConvertedType.INT_64) => ColumnType.Int64,
            (PhysicalType.FLOAT, null) => ColumnType.Float,
            (PhysicalType.DOUBLE, null) => ColumnType.Double,
            (PhysicalType.BOOLEAN, null) => ColumnType.Boolean,
            (PhysicalType.BYTE_ARRAY, ConvertedType.UTF8) => ColumnType.Text,
            _ => throw new InvalidDataException($"column '{element.Name}' has a type that no table has"),
        };
        bool isNullable = element.RepetitionType == FieldRepetitionType.OPTIONAL;
        return known?.Columns.FirstOrDefault(column => column.Name == element.Name && column.Type == type && column.IsNullable == isNullable)
            ?? new TableColumn(element.Name, type, isNullable, string.Empty, string.Empty);
    }

    private static bool IsNarrow(ReadOnlySpan<int> values) => values.IsEmpty || (long)TensorPrimitives.Max(values) - TensorPrimitives.Min(values) <= WidestDifference;
}
