using System.Text;

namespace PoseBatch.Parquet.Format;

/// <summary>Types of the Thrift compact protocol that Parquet uses.</summary>
internal enum ThriftType : byte
{
    Stop = 0,
    True = 1,
    False = 2,
    I8 = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

/// <summary>Writes structures in the Thrift compact protocol. Fields must come in rising order of their number.</summary>
internal sealed class ThriftWriter(ByteBuffer output)
{
    private readonly Stack<int> _outer = new();
    private int _lastField;

    /// <summary>Opens a structure; the outermost one and those in a list have no field number.</summary>
    public void BeginStruct()
    {
        _outer.Push(_lastField);
        _lastField = 0;
    }

    public void BeginStruct(int field)
    {
        Field(field, ThriftType.Struct);
        BeginStruct();
    }

    public void EndStruct()
    {
        output.Write((byte)ThriftType.Stop);
        _lastField = _outer.Pop();
    }

    public void Int8(int field, sbyte value)
    {
        Field(field, ThriftType.I8);
        output.Write((byte)value);
    }

    public void Int16(int field, short value)
    {
        Field(field, ThriftType.I16);
        output.WriteZigZag(value);
    }

    public void Int32(int field, int value)
    {
        Field(field, ThriftType.I32);
        output.WriteZigZag(value);
    }

    public void Int64(int field, long value)
    {
        Field(field, ThriftType.I64);
        output.WriteZigZag(value);
    }

    public void Bool(int field, bool value) => Field(field, value ? ThriftType.True : ThriftType.False);

    public void Binary(int field, ReadOnlySpan<byte> value)
    {
        Field(field, ThriftType.Binary);
        output.WriteVarint((ulong)value.Length);
        output.Write(value);
    }

    public void Text(int field, string value)
    {
        Field(field, ThriftType.Binary);
        TextElement(value);
    }

    public void BeginList(int field, ThriftType element, int count)
    {
        Field(field, ThriftType.List);
        if (count < 15)
        {
            output.Write((byte)((count << 4) | (int)element));
        }
        else
        {
            output.Write((byte)(0xF0 | (int)element));
            output.WriteVarint((ulong)count);
        }
    }

    public void Int32Element(int value) => output.WriteZigZag(value);

    public void TextElement(string value)
    {
        output.WriteVarint((ulong)Encoding.UTF8.GetByteCount(value));
        output.WriteUtf8(value);
    }

    private void Field(int field, ThriftType type)
    {
        int step = field - _lastField;
        if (step is > 0 and <= 15)
        {
            output.Write((byte)((step << 4) | (int)type));
        }
        else
        {
            output.Write((byte)type);
            output.WriteZigZag(field);
        }

        _lastField = field;
    }
}
