namespace PoseBatch.Parquet.Format;

/// <summary>Physical types; the numbers are Parquet's own.</summary>
internal enum PhysicalType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLengthByteArray = 7,
}

/// <summary>Encodings; the numbers are Parquet's own.</summary>
internal enum PageEncoding
{
    Plain = 0,
    PlainDictionary = 2,
    Rle = 3,
    DeltaBinaryPacked = 5,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>Kinds of page; the numbers are Parquet's own.</summary>
internal enum PageKind
{
    Data = 0,
    Index = 1,
    Dictionary = 2,
    DataV2 = 3,
}

/// <summary>Numbers of the Thrift fields, named as in parquet.thrift.</summary>
internal static class Fields
{
    internal static class FileMetaData
    {
        public const int Version = 1;
        public const int Schema = 2;
        public const int NumRows = 3;
        public const int RowGroups = 4;
        public const int KeyValueMetadata = 5;
        public const int CreatedBy = 6;
        public const int ColumnOrders = 7;
    }

    internal static class SchemaElement
    {
        public const int Type = 1;
        public const int Repetition = 3;
        public const int Name = 4;
        public const int ChildCount = 5;
        public const int ConvertedType = 6;
        public const int LogicalType = 10;
    }

    internal static class LogicalType
    {
        public const int String = 1;
        public const int Integer = 10;
        public const int IntegerBitWidth = 1;
        public const int IntegerIsSigned = 2;
    }

    internal static class RowGroup
    {
        public const int Columns = 1;
        public const int TotalByteSize = 2;
        public const int NumRows = 3;
        public const int SortingColumns = 4;
        public const int FileOffset = 5;
        public const int TotalCompressedSize = 6;
        public const int Ordinal = 7;
    }

    internal static class SortingColumn
    {
        public const int ColumnIndex = 1;
        public const int Descending = 2;
        public const int NullsFirst = 3;
    }

    internal static class ColumnChunk
    {
        public const int FileOffset = 2;
        public const int MetaData = 3;
    }

    internal static class ColumnMetaData
    {
        public const int Type = 1;
        public const int Encodings = 2;
        public const int Path = 3;
        public const int Codec = 4;
        public const int NumValues = 5;
        public const int TotalUncompressedSize = 6;
        public const int TotalCompressedSize = 7;
        public const int DataPageOffset = 9;
        public const int DictionaryPageOffset = 11;
        public const int Statistics = 12;
    }

    internal static class Statistics
    {
        public const int NullCount = 3;
        public const int Max = 5;
        public const int Min = 6;
    }

    internal static class PageHeader
    {
        public const int Type = 1;
        public const int UncompressedSize = 2;
        public const int CompressedSize = 3;
        public const int Crc = 4;
        public const int Data = 5;
        public const int Dictionary = 7;
    }

    internal static class DataPageHeader
    {
        public const int NumValues = 1;
        public const int Encoding = 2;
        public const int DefinitionLevelEncoding = 3;
        public const int RepetitionLevelEncoding = 4;
    }
}
