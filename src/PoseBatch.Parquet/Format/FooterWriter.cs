using PoseBatch.Tables;

namespace PoseBatch.Parquet.Format;

/// <summary>Writes the FileMetaData structure.</summary>
internal static class FooterWriter
{
    private const int FormatVersion = 2;
    private const int Required = 0;
    private const int Optional = 1;

    public static void Write(
        ByteBuffer output, TableSchema schema, long rowCount, List<RowGroupFacts> rowGroups,
        IReadOnlyList<KeyValuePair<string, string>> metadata, string createdBy)
    {
        ThriftWriter thrift = new(output);
        thrift.BeginStruct();
        thrift.Int32(Fields.FileMetaData.Version, FormatVersion);
        WriteSchema(thrift, schema);
        thrift.Int64(Fields.FileMetaData.NumRows, rowCount);
        thrift.BeginList(Fields.FileMetaData.RowGroups, ThriftType.Struct, rowGroups.Count);
        for (int i = 0; i < rowGroups.Count; i++)
        {
            WriteRowGroup(thrift, schema, rowGroups[i], i);
        }

        thrift.BeginList(Fields.FileMetaData.KeyValueMetadata, ThriftType.Struct, metadata.Count);
        foreach ((string key, string value) in metadata)
        {
            thrift.BeginStruct();
            thrift.Text(1, key);
            thrift.Text(2, value);
            thrift.EndStruct();
        }

        thrift.Text(Fields.FileMetaData.CreatedBy, createdBy);

        // The order statistics were made with: the one natural to the type. Without it readers ignore them.
        thrift.BeginList(Fields.FileMetaData.ColumnOrders, ThriftType.Struct, schema.Columns.Count);
        for (int i = 0; i < schema.Columns.Count; i++)
        {
            thrift.BeginStruct();
            thrift.BeginStruct(1);
            thrift.EndStruct();
            thrift.EndStruct();
        }

        thrift.EndStruct();
    }

    private static void WriteSchema(ThriftWriter thrift, TableSchema schema)
    {
        thrift.BeginList(Fields.FileMetaData.Schema, ThriftType.Struct, schema.Columns.Count + 1);
        thrift.BeginStruct();
        thrift.Text(Fields.SchemaElement.Name, schema.Name);
        thrift.Int32(Fields.SchemaElement.ChildCount, schema.Columns.Count);
        thrift.EndStruct();
        foreach (TableColumn column in schema.Columns)
        {
            thrift.BeginStruct();
            thrift.Int32(Fields.SchemaElement.Type, (int)column.Type.Physical());
            thrift.Int32(Fields.SchemaElement.Repetition, column.IsNullable ? Optional : Required);
            thrift.Text(Fields.SchemaElement.Name, column.Name);
            if (column.Type == ColumnType.Text)
            {
                thrift.Int32(Fields.SchemaElement.ConvertedType, ColumnTypes.ConvertedUtf8);
                thrift.BeginStruct(Fields.SchemaElement.LogicalType);
                thrift.BeginStruct(Fields.LogicalType.String);
                thrift.EndStruct();
                thrift.EndStruct();
            }
            else if (column.Type == ColumnType.Int16)
            {
                thrift.Int32(Fields.SchemaElement.ConvertedType, ColumnTypes.ConvertedInt16);
                thrift.BeginStruct(Fields.SchemaElement.LogicalType);
                thrift.BeginStruct(Fields.LogicalType.Integer);
                thrift.Int8(Fields.LogicalType.IntegerBitWidth, 16);
                thrift.Bool(Fields.LogicalType.IntegerIsSigned, true);
                thrift.EndStruct();
                thrift.EndStruct();
            }

            thrift.EndStruct();
        }
    }

    private static void WriteRowGroup(ThriftWriter thrift, TableSchema schema, RowGroupFacts group, int ordinal)
    {
        thrift.BeginStruct();
        thrift.BeginList(Fields.RowGroup.Columns, ThriftType.Struct, group.Columns.Length);
        for (int i = 0; i < group.Columns.Length; i++)
        {
            WriteColumn(thrift, schema.Columns[i], group.Columns[i]);
        }

        thrift.Int64(Fields.RowGroup.TotalByteSize, group.Columns.Sum(column => (long)column.UncompressedSize));
        thrift.Int64(Fields.RowGroup.NumRows, group.RowCount);
        if (schema.SortedBy.Count > 0)
        {
            thrift.BeginList(Fields.RowGroup.SortingColumns, ThriftType.Struct, schema.SortedBy.Count);
            foreach (string name in schema.SortedBy)
            {
                thrift.BeginStruct();
                thrift.Int32(Fields.SortingColumn.ColumnIndex, schema.IndexOf(name));
                thrift.Bool(Fields.SortingColumn.Descending, false);
                thrift.Bool(Fields.SortingColumn.NullsFirst, false);
                thrift.EndStruct();
            }
        }

        thrift.Int64(Fields.RowGroup.FileOffset, group.Columns[0].Offset);
        thrift.Int64(Fields.RowGroup.TotalCompressedSize, group.Columns.Sum(column => (long)column.CompressedSize));
        if (ordinal <= short.MaxValue)
        {
            thrift.Int16(Fields.RowGroup.Ordinal, (short)ordinal);
        }

        thrift.EndStruct();
    }

    private static void WriteColumn(ThriftWriter thrift, TableColumn column, ColumnChunkFacts facts)
    {
        thrift.BeginStruct();
        thrift.Int64(Fields.ColumnChunk.FileOffset, 0);
        thrift.BeginStruct(Fields.ColumnChunk.MetaData);
        thrift.Int32(Fields.ColumnMetaData.Type, (int)column.Type.Physical());
        WriteEncodings(thrift, facts);
        thrift.BeginList(Fields.ColumnMetaData.Path, ThriftType.Binary, 1);
        thrift.TextElement(column.Name);
        thrift.Int32(Fields.ColumnMetaData.Codec, (int)facts.Codec);
        thrift.Int64(Fields.ColumnMetaData.NumValues, facts.RowCount);
        thrift.Int64(Fields.ColumnMetaData.TotalUncompressedSize, facts.UncompressedSize);
        thrift.Int64(Fields.ColumnMetaData.TotalCompressedSize, facts.CompressedSize);
        thrift.Int64(Fields.ColumnMetaData.DataPageOffset, facts.Offset + facts.DictionarySize);
        if (facts.DictionarySize > 0)
        {
            thrift.Int64(Fields.ColumnMetaData.DictionaryPageOffset, facts.Offset);
        }

        thrift.BeginStruct(Fields.ColumnMetaData.Statistics);
        thrift.Int64(Fields.Statistics.NullCount, facts.NullCount);
        if (facts.Max is not null && facts.Min is not null)
        {
            thrift.Binary(Fields.Statistics.Max, facts.Max);
            thrift.Binary(Fields.Statistics.Min, facts.Min);
        }

        thrift.EndStruct();
        thrift.EndStruct();
        thrift.EndStruct();
    }

    private static void WriteEncodings(ThriftWriter thrift, ColumnChunkFacts facts)
    {
        // The values', the definition levels', and the dictionary page's own.
        PageEncoding[] encodings = facts.DictionarySize > 0
            ? [PageEncoding.Plain, PageEncoding.Rle, PageEncoding.RleDictionary]
            : [facts.Encoding, PageEncoding.Rle];
        thrift.BeginList(Fields.ColumnMetaData.Encodings, ThriftType.I32, encodings.Length);
        foreach (PageEncoding encoding in encodings)
        {
            thrift.Int32Element((int)encoding);
        }
    }
}
