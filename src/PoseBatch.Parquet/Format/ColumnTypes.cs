using PoseBatch.Tables;

namespace PoseBatch.Parquet.Format;

/// <summary>How the column types of the tables map to Parquet's.</summary>
internal static class ColumnTypes
{
    public const int ConvertedUtf8 = 0;
    public const int ConvertedInt16 = 16;

    public static PhysicalType Physical(this ColumnType type) => type switch
    {
        ColumnType.Int16 or ColumnType.Int32 => PhysicalType.Int32,
        ColumnType.Int64 => PhysicalType.Int64,
        ColumnType.Float => PhysicalType.Float,
        ColumnType.Double => PhysicalType.Double,
        ColumnType.Boolean => PhysicalType.Boolean,
        ColumnType.Text => PhysicalType.ByteArray,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a column type."),
    };

    /// <summary>The column type a file declares; null when the tables know none like it.</summary>
    /// <param name="physical">Its physical type.</param>
    /// <param name="converted">Its converted type, -1 for none.</param>
    public static ColumnType? FromParquet(int physical, int converted) => ((PhysicalType)physical, converted) switch
    {
        (PhysicalType.Int32, ConvertedInt16) => ColumnType.Int16,
        (PhysicalType.Int32, -1) => ColumnType.Int32,
        (PhysicalType.Int64, -1) => ColumnType.Int64,
        (PhysicalType.Float, -1) => ColumnType.Float,
        (PhysicalType.Double, -1) => ColumnType.Double,
        (PhysicalType.Boolean, -1) => ColumnType.Boolean,
        (PhysicalType.ByteArray, ConvertedUtf8) => ColumnType.Text,
        _ => null,
    };
}
