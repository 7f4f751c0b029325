namespace PoseBatch.Parquet.Format;

/// <summary>What stands before a page.</summary>
internal readonly record struct PageHeader(
    PageKind Kind, int UncompressedSize, int CompressedSize, int? Crc, int ValueCount, PageEncoding Encoding)
{
    /// <summary>Reads a header from bytes that may be damaged.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static PageHeader Read(ReadOnlySpan<byte> bytes, out int size)
    {
        ThriftReader thrift = new(bytes);
        int kind = -1;
        int uncompressed = -1;
        int compressed = -1;
        int? crc = null;
        (int ValueCount, int Encoding) values = (-1, -1);
        int field = thrift.BeginStruct();
        while (thrift.NextField(ref field, out ThriftType type))
        {
            switch (field)
            {
                case Fields.PageHeader.Type:
                    kind = thrift.Int32(type);
                    break;
                case Fields.PageHeader.UncompressedSize:
                    uncompressed = thrift.Int32(type);
                    break;
                case Fields.PageHeader.CompressedSize:
                    compressed = thrift.Int32(type);
                    break;
                case Fields.PageHeader.Crc:
                    crc = thrift.Int32(type);
                    break;
                case Fields.PageHeader.Data or Fields.PageHeader.Dictionary when type == ThriftType.Struct:
                    values = ReadValues(ref thrift);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        size = thrift.Position;
        return new((PageKind)kind, uncompressed, compressed, crc, values.ValueCount, (PageEncoding)values.Encoding);
    }

    // The first two fields are the same for data pages and dictionaries.
    private static (int ValueCount, int Encoding) ReadValues(ref ThriftReader thrift)
    {
        int count = -1;
        int encoding = -1;
        int field = thrift.BeginStruct();
        while (thrift.NextField(ref field, out ThriftType type))
        {
            switch (field)
            {
                case Fields.DataPageHeader.NumValues:
                    count = thrift.Int32(type);
                    break;
                case Fields.DataPageHeader.Encoding:
                    encoding = thrift.Int32(type);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return (count, encoding);
    }
}
