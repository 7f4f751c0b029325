namespace PoseBatch.Parquet.Format;

/// <summary>
/// Walks through a structure before Parquet.Net reads it, and keeps nothing but a few numbers. Parquet.Net believes lengths and
/// counts, and at the end of its input it waits for ever; what this walk has passed, it reads in the same steps.
/// </summary>
/// <param name="bytes">Begins with the structure.</param>
internal ref struct ThriftWalk(ReadOnlySpan<byte> bytes)
{
    private const int LongCount = 15;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes passed so far.</summary>
    public int Position { get; private set; }

    /// <summary>Passes a structure.</summary>
    /// <param name="shape">What it may hold.</param>
    /// <param name="numbers">Receives the fields that have a place.</param>
    /// <exception cref="InvalidDataException">It holds something else, or is cut.</exception>
    public void Struct(ThriftShape shape, scoped Span<int> numbers)
    {
        int number = 0;
        while (Byte() is var head and not 0)
        {
            number = head >> 4 == 0 ? (int)ZigZag() : number + (head >> 4);
            int kind = head & 15;
            ThriftField field = shape.Find(number) ?? throw Damage($"there is a field {number} that no table has");
            if (kind != (int)field.Kind && !(field.Kind == ThriftKind.Flag && kind == 2))
            {
                throw Damage($"field {number} has another type than in any table");
            }

            Value(field, numbers);
        }
    }

    private void Value(ThriftField field, scoped Span<int> numbers)
    {
        switch (field.Kind)
        {
            case ThriftKind.Flag:
                break;
            case ThriftKind.Struct:
                Struct(field.Inner!, numbers);
                break;
            case ThriftKind.List:
                List(field, numbers);
                break;
            default:
                long value = Scalar(field.Kind);
                if (field.Place >= 0)
                {
                    numbers[field.Place] = (int)value;
                }

                break;
        }
    }

    private void List(ThriftField field, scoped Span<int> numbers)
    {
        byte head = Byte();
        ulong count = head >> 4 == LongCount ? Varint() : (ulong)(head >> 4);
        if ((head & 15) != (int)field.Element)
        {
            throw Damage($"a list of field {field.Number} has another type than in any table");
        }

        // Every element takes a byte or more.
        if (count > (ulong)(_bytes.Length - Position))
        {
            throw Damage($"a list of field {field.Number} is longer than what follows");
        }

        for (ulong i = 0; i < count; i++)
        {
            if (field.Element == ThriftKind.Struct)
            {
                Struct(i == 0 ? field.First ?? field.Inner! : field.Inner!, numbers);
            }
            else
            {
                Scalar(field.Element);
            }
        }
    }

    private long Scalar(ThriftKind kind)
    {
        switch (kind)
        {
            case ThriftKind.Byte:
                return Byte();
            case ThriftKind.Binary:
                ulong length = Varint();
                if (length > (ulong)(_bytes.Length - Position))
                {
                    throw Damage("a text is longer than what follows");
                }

                Position += (int)length;
                return 0;
            default:
                return ZigZag();
        }
    }

    private byte Byte() => Position < _bytes.Length ? _bytes[Position++] : throw Damage("it ends early");

    private long ZigZag() => Varint() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Damage("a number is too long");
    }

    private static InvalidDataException Damage(string detail) => new(detail);
}
