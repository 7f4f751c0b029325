using System.Text;

namespace PoseBatch.Parquet.Format;

/// <summary>
/// Reads structures in the Thrift compact protocol from bytes that may be damaged: every read is checked against the
/// end, lists against what the remaining bytes can hold, nesting against a limit.
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int DeepestNesting = 16;

    // Damaged text becomes visible as an error, not as replacement characters.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;

    /// <summary>Bytes consumed so far.</summary>
    public int Position { get; private set; }

    /// <summary>Opens a structure; returns what the field numbers count from, to be kept by the caller.</summary>
    public int BeginStruct()
    {
        if (++_depth > DeepestNesting)
        {
            throw Damage("structures are nested too deep");
        }

        return 0;
    }

    /// <summary>The next field of the open structure; false at its end.</summary>
    public bool NextField(ref int field, out ThriftType type)
    {
        byte head = Byte();
        type = (ThriftType)(head & 0x0F);
        if (type == ThriftType.Stop)
        {
            _depth--;
            return false;
        }

        int step = head >> 4;
        long next = step != 0 ? field + step : ZigZag();
        if (next is < 1 or > short.MaxValue)
        {
            throw Damage("a field has an impossible number");
        }

        field = (int)next;
        return true;
    }

    public int Int32(ThriftType type)
    {
        long value = Int64(type);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Damage("a 32-bit number is too large");
    }

    public long Int64(ThriftType type) => type switch
    {
        ThriftType.I16 or ThriftType.I32 or ThriftType.I64 => ZigZag(),
        ThriftType.I8 => (sbyte)Byte(),
        _ => throw Damage("a field is no integer"),
    };

    public static bool Bool(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => throw Damage("a field is no boolean"),
    };

    public ReadOnlySpan<byte> Binary(ThriftType type) => type == ThriftType.Binary ? BinaryElement() : throw Damage("a field is no text");

    public string Text(ThriftType type) => Text(Binary(type));

    public string TextElement() => Text(BinaryElement());

    /// <summary>Opens a list; every element takes at least one byte, which bounds the count.</summary>
    public int BeginList(ThriftType type, ThriftType expected)
    {
        if (type != ThriftType.List)
        {
            throw Damage("a field is no list");
        }

        int count = ListHead(out ThriftType element);
        return element == expected || count == 0 ? count : throw Damage("a list holds something unexpected");
    }

    public int Int32Element() => Int32(ThriftType.I32);

    /// <summary>Steps over a field this reader does not know.</summary>
    public void Skip(ThriftType type)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.I8:
                Byte();
                break;
            case ThriftType.I16 or ThriftType.I32 or ThriftType.I64:
                Varint();
                break;
            case ThriftType.Double:
                Take(8);
                break;
            case ThriftType.Binary:
                BinaryElement();
                break;
            case ThriftType.List or ThriftType.Set:
                SkipList();
                break;
            case ThriftType.Struct:
                int field = BeginStruct();
                while (NextField(ref field, out ThriftType inner))
                {
                    Skip(inner);
                }

                break;
            default:
                throw Damage("a field has an unknown type");
        }
    }

    public static InvalidDataException Damage(string what) => new(what);

    private void SkipList()
    {
        if (++_depth > DeepestNesting)
        {
            throw Damage("lists are nested too deep");
        }

        int count = ListHead(out ThriftType element);
        for (int i = 0; i < count; i++)
        {
            // In a list a boolean takes a byte, in a field it is the type itself.
            if (element is ThriftType.True or ThriftType.False)
            {
                Byte();
            }
            else
            {
                Skip(element);
            }
        }

        _depth--;
    }

    private int ListHead(out ThriftType element)
    {
        byte head = Byte();
        element = (ThriftType)(head & 0x0F);
        ulong count = (uint)head >> 4;
        if (count == 15)
        {
            count = Varint();
        }

        return count <= (ulong)(_bytes.Length - Position) ? (int)count : throw Damage("a list is longer than the bytes that hold it");
    }

    private ReadOnlySpan<byte> BinaryElement()
    {
        ulong length = Varint();
        return length <= (ulong)(_bytes.Length - Position) ? Take((int)length) : throw Damage("a text is longer than the bytes that hold it");
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Damage("a text is not UTF-8");
        }
    }

    private long ZigZag()
    {
        ulong value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Damage("a number never ends");
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw Damage("the bytes end in the middle of a structure");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }
}
