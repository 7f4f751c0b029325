using PoseBatch.Parquet.Compression;
using PoseBatch.Tables;

namespace PoseBatch.Parquet.Format;

/// <summary>What a footer says.</summary>
internal sealed record Footer(
    TableSchema Schema, long RowCount, IReadOnlyList<ParquetRowGroup> RowGroups, IReadOnlyDictionary<string, string> Metadata, string CreatedBy);

/// <summary>Reads the FileMetaData structure from bytes that may be damaged.</summary>
internal static class FooterReader
{
    private const int Optional = 1;
    private const int Repeated = 2;

    /// <exception cref="InvalidDataException">The footer is damaged, or describes no flat table.</exception>
    public static Footer Read(ReadOnlySpan<byte> bytes)
    {
        ThriftReader thrift = new(bytes);
        TableSchema? schema = null;
        long rowCount = -1;
        List<ParquetRowGroup> groups = [];
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        string createdBy = string.Empty;
        int field = thrift.BeginStruct();
        while (thrift.NextField(ref field, out ThriftType type))
        {
            switch (field)
            {
                case Fields.FileMetaData.Schema:
                    schema = ReadSchema(ref thrift, type);
                    break;
                case Fields.FileMetaData.NumRows:
                    rowCount = thrift.Int64(type);
                    break;
                case Fields.FileMetaData.RowGroups:
                    int count = thrift.BeginList(type, ThriftType.Struct);
                    for (int i = 0; i < count; i++)
                    {
                        groups.Add(ReadRowGroup(ref thrift));
                    }

                    break;
                case Fields.FileMetaData.KeyValueMetadata:
                    ReadMetadata(ref thrift, type, metadata);
                    break;
                case Fields.FileMetaData.CreatedBy:
                    createdBy = thrift.Text(type);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        if (schema is null)
        {
            throw ThriftReader.Damage("the footer has no schema");
        }

        Check(schema, rowCount, groups);
        return new(schema, rowCount, groups, metadata, createdBy);
    }

    private static void Check(TableSchema schema, long rowCount, List<ParquetRowGroup> groups)
    {
        long sum = 0;
        foreach (ParquetRowGroup group in groups)
        {
            sum += group.RowCount;
            if (group.Columns.Count != schema.Columns.Count)
            {
                throw ThriftReader.Damage("a row group has another number of columns than the schema");
            }

            for (int i = 0; i < schema.Columns.Count; i++)
            {
                if (group.Columns[i].Name != schema.Columns[i].Name || group.Columns[i].Physical != schema.Columns[i].Type.Physical())
                {
                    throw ThriftReader.Damage("a row group has other columns than the schema");
                }
            }
        }

        if (sum != rowCount)
        {
            throw ThriftReader.Damage("the rows of the row groups do not add up to those of the file");
        }
    }

    private static TableSchema ReadSchema(ref ThriftReader thrift, ThriftType type)
    {
        int count = thrift.BeginList(type, ThriftType.Struct);
        string name = string.Empty;
        List<TableColumn> columns = [];
        for (int i = 0; i < count; i++)
        {
            SchemaElement element = ReadElement(ref thrift);
            if (i == 0)
            {
                name = element.Name;
                continue;
            }

            if (element.ChildCount > 0 || element.Repetition == Repeated)
            {
                throw ThriftReader.Damage($"column '{element.Name}' is nested, and tables are flat");
            }

            ColumnType columnType = ColumnTypes.FromParquet(element.Type, element.Converted)
                ?? throw ThriftReader.Damage($"column '{element.Name}' has a type that no table has");
            columns.Add(Describe(name, element, columnType));
        }

        return columns.Count > 0
            ? new TableSchema(name, columns) { SortedBy = TableSchemas.Find(name)?.SortedBy ?? [] }
            : throw ThriftReader.Damage("the table has no columns");
    }

    /// <summary>Unit and meaning of a column that is known; an unknown one is described by what the file says.</summary>
    private static TableColumn Describe(string table, SchemaElement element, ColumnType type)
    {
        bool isNullable = element.Repetition == Optional;
        TableColumn? known = TableSchemas.Find(table)?.Columns.FirstOrDefault(column => column.Name == element.Name);
        return known is not null && known.Type == type && known.IsNullable == isNullable
            ? known
            : new TableColumn(element.Name, type, isNullable, string.Empty, string.Empty);
    }

    private static SchemaElement ReadElement(ref ThriftReader thrift)
    {
        SchemaElement element = new() { Name = string.Empty, Type = -1, Converted = -1 };
        int field = thrift.BeginStruct();
        while (thrift.NextField(ref field, out ThriftType type))
        {
            switch (field)
            {
                case Fields.SchemaElement.Type:
                    element.Type = thrift.Int32(type);
                    break;
                case Fields.SchemaElement.Repetition:
                    element.Repetition = thrift.Int32(type);
                    break;
                case Fields.SchemaElement.Name:
                    element.Name = thrift.Text(type);
                    break;
                case Fields.SchemaElement.ChildCount:
                    element.ChildCount = thrift.Int32(type);
                    break;
                case Fields.SchemaElement.ConvertedType:
                    element.Converted = thrift.Int32(type);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return element;
    }

    private static ParquetRowGroup ReadRowGroup(ref ThriftReader thrift)
    {
        List<ParquetColumnChunk> columns = [];
        long rowCount = -1;
        int field = thrift.BeginStruct();
        while (thrift.NextField(ref field, out ThriftType type))
        {
            switch (field)
            {
                case Fields.RowGroup.Columns:
                    int count = thrift.BeginList(type, ThriftType.Struct);
                    for (int i = 0; i < count; i++)
                    {
                        columns.Add(ReadChunk(ref thrift));
                    }

                    break;
                case Fields.RowGroup.NumRows:
                    rowCount = thrift.Int64(type);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return rowCount is >= 0 and <= ParquetFileWriter.MostRowsPerGroup
            ? new((int)rowCount, columns)
            : throw ThriftReader.Damage("a row group has an impossible number of rows");
    }

    private static ParquetColumnChunk ReadChunk(ref ThriftReader thrift)
    {
        ParquetColumnChunk? chunk = null;
        int field = thrift.BeginStruct();
        while (thrift.NextField(ref field, out ThriftType type))
        {
            if (field == Fields.ColumnChunk.MetaData && type == ThriftType.Struct)
            {
                chunk = ReadChunkMetadata(ref thrift);
            }
            else
            {
                thrift.Skip(type);
            }
        }

        return chunk ?? throw ThriftReader.Damage("a column has no description");
    }

    private static ParquetColumnChunk ReadChunkMetadata(ref ThriftReader thrift)
    {
        int physical = -1;
        int codec = -1;
        string name = string.Empty;
        List<int> encodings = [];
        long uncompressed = 0;
        long compressed = -1;
        long dataOffset = -1;
        long dictionaryOffset = 0;
        Statistics statistics = default;
        int field = thrift.BeginStruct();
        while (thrift.NextField(ref field, out ThriftType type))
        {
            switch (field)
            {
                case Fields.ColumnMetaData.Type:
                    physical = thrift.Int32(type);
                    break;
                case Fields.ColumnMetaData.Encodings:
                    int encodingCount = thrift.BeginList(type, ThriftType.I32);
                    for (int i = 0; i < encodingCount; i++)
                    {
                        encodings.Add(thrift.Int32Element());
                    }

                    break;
                case Fields.ColumnMetaData.Path:
                    int parts = thrift.BeginList(type, ThriftType.Binary);
                    for (int i = 0; i < parts; i++)
                    {
                        name = thrift.TextElement();
                    }

                    break;
                case Fields.ColumnMetaData.Codec:
                    codec = thrift.Int32(type);
                    break;
                case Fields.ColumnMetaData.TotalUncompressedSize:
                    uncompressed = thrift.Int64(type);
                    break;
                case Fields.ColumnMetaData.TotalCompressedSize:
                    compressed = thrift.Int64(type);
                    break;
                case Fields.ColumnMetaData.DataPageOffset:
                    dataOffset = thrift.Int64(type);
                    break;
                case Fields.ColumnMetaData.DictionaryPageOffset:
                    dictionaryOffset = thrift.Int64(type);
                    break;
                case Fields.ColumnMetaData.Statistics when type == ThriftType.Struct:
                    statistics = ReadStatistics(ref thrift);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return new(name, (ParquetCodec)codec, uncompressed, compressed)
        {
            Physical = (PhysicalType)physical,
            Offset = dictionaryOffset > 0 && dictionaryOffset < dataOffset ? dictionaryOffset : dataOffset,
            Encodings = [.. encodings.Select(encoding => ((PageEncoding)encoding).ToString())],
            NullCount = statistics.NullCount,
            Min = statistics.Min,
            Max = statistics.Max,
        };
    }

    private static Statistics ReadStatistics(ref ThriftReader thrift)
    {
        Statistics statistics = default;
        int field = thrift.BeginStruct();
        while (thrift.NextField(ref field, out ThriftType type))
        {
            switch (field)
            {
                case Fields.Statistics.NullCount:
                    statistics.NullCount = thrift.Int64(type);
                    break;
                case Fields.Statistics.Max:
                    statistics.Max = thrift.Binary(type).ToArray();
                    break;
                case Fields.Statistics.Min:
                    statistics.Min = thrift.Binary(type).ToArray();
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return statistics;
    }

    private static void ReadMetadata(ref ThriftReader thrift, ThriftType type, Dictionary<string, string> metadata)
    {
        int count = thrift.BeginList(type, ThriftType.Struct);
        for (int i = 0; i < count; i++)
        {
            string key = string.Empty;
            string value = string.Empty;
            int field = thrift.BeginStruct();
            while (thrift.NextField(ref field, out ThriftType inner))
            {
                if (field == 1)
                {
                    key = thrift.Text(inner);
                }
                else if (field == 2)
                {
                    value = thrift.Text(inner);
                }
                else
                {
                    thrift.Skip(inner);
                }
            }

            metadata[key] = value;
        }
    }

    private struct SchemaElement
    {
        public string Name;
        public int Type;
        public int Converted;
        public int Repetition;
        public int ChildCount;
    }

    private struct Statistics
    {
        public long? NullCount;
        public byte[]? Min;
        public byte[]? Max;
    }
}
