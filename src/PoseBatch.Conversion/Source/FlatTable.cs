using System.Buffers.Binary;
using System.Text;

namespace PoseBatch.Conversion.Source;

/// <summary>
/// A table of a FlatBuffers file (https://flatbuffers.dev/internals): fields are found by their number through a list of offsets, and
/// one that is not there has its default. Whatever points outside the file is refused.
/// </summary>
internal readonly struct FlatTable
{
    private readonly byte[] _file;
    private readonly long _start;
    private readonly long _offsets;
    private readonly int _fieldCount;

    private FlatTable(byte[] file, long start)
    {
        (_file, _start) = (file, start);
        _offsets = start - BinaryPrimitives.ReadInt32LittleEndian(At(start, sizeof(int)));
        _fieldCount = (BinaryPrimitives.ReadUInt16LittleEndian(At(_offsets, sizeof(ushort))) / sizeof(ushort)) - 2;
    }

    /// <summary>The table that a file begins with.</summary>
    /// <exception cref="InvalidDataException">The file is cut.</exception>
    public static FlatTable RootOf(byte[] file) => new(file, file.Length < sizeof(uint) ? file.Length : BinaryPrimitives.ReadUInt32LittleEndian(file));

    /// <summary>Whether the field is there.</summary>
    public bool Has(int field) => PlaceOf(field) != 0;

    /// <summary>A number of one byte, as it is in enumerations and truth values.</summary>
    public int Byte(int field) => PlaceOf(field) is var place and not 0 ? At(place, 1)[0] : 0;

    /// <summary>A number of four bytes.</summary>
    public int Int32(int field, int otherwise = 0) =>
        PlaceOf(field) is var place and not 0 ? BinaryPrimitives.ReadInt32LittleEndian(At(place, sizeof(int))) : otherwise;

    /// <summary>A number of eight bytes.</summary>
    public ulong UInt64(int field) => PlaceOf(field) is var place and not 0 ? BinaryPrimitives.ReadUInt64LittleEndian(At(place, sizeof(ulong))) : 0;

    /// <summary>A float of four bytes.</summary>
    public float Single(int field) => PlaceOf(field) is var place and not 0 ? BinaryPrimitives.ReadSingleLittleEndian(At(place, sizeof(float))) : 0;

    /// <summary>A text; empty where there is none.</summary>
    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    /// <summary>A vector of bytes; empty where there is none.</summary>
    public ReadOnlySpan<byte> Bytes(int field) => Vector(field, 1, out _);

    /// <summary>A vector of whole numbers of four bytes.</summary>
    public int[] Int32s(int field)
    {
        ReadOnlySpan<byte> bytes = Vector(field, sizeof(int), out int count);
        int[] numbers = new int[count];
        for (int index = 0; index < count; index++)
        {
            numbers[index] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(index * sizeof(int))..]);
        }

        return numbers;
    }

    /// <summary>A vector of whole numbers of eight bytes.</summary>
    public long[] Int64s(int field)
    {
        ReadOnlySpan<byte> bytes = Vector(field, sizeof(long), out int count);
        long[] numbers = new long[count];
        for (int index = 0; index < count; index++)
        {
            numbers[index] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(index * sizeof(long))..]);
        }

        return numbers;
    }

    /// <summary>A vector of floats of four bytes.</summary>
    public float[] Singles(int field)
    {
        ReadOnlySpan<byte> bytes = Vector(field, sizeof(float), out int count);
        float[] numbers = new float[count];
        for (int index = 0; index < count; index++)
        {
            numbers[index] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(index * sizeof(float))..]);
        }

        return numbers;
    }

    /// <summary>A table inside this one; null where there is none.</summary>
    public FlatTable? Table(int field) => PlaceOf(field) is var place and not 0 ? new FlatTable(_file, Target(place)) : null;

    /// <summary>A vector of tables; empty where there is none.</summary>
    public FlatTable[] Tables(int field)
    {
        Vector(field, sizeof(uint), out int count);
        if (count == 0)
        {
            return [];
        }

        long first = Target(PlaceOf(field)) + sizeof(uint);
        FlatTable[] tables = new FlatTable[count];
        for (int index = 0; index < count; index++)
        {
            tables[index] = new(_file, Target(first + ((long)index * sizeof(uint))));
        }

        return tables;
    }

    private ReadOnlySpan<byte> Vector(int field, int width, out int count)
    {
        count = 0;
        if (PlaceOf(field) is not (var place and not 0))
        {
            return [];
        }

        long start = Target(place);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(At(start, sizeof(uint)));
        ReadOnlySpan<byte> bytes = At(start + sizeof(uint), length * width);
        count = (int)length;
        return bytes;
    }

    private long PlaceOf(int field)
    {
        int offset = field < _fieldCount ? BinaryPrimitives.ReadUInt16LittleEndian(At(_offsets + ((field + 2) * sizeof(ushort)), sizeof(ushort))) : 0;
        return offset == 0 ? 0 : _start + offset;
    }

    private long Target(long place) => place + BinaryPrimitives.ReadUInt32LittleEndian(At(place, sizeof(uint)));

    private ReadOnlySpan<byte> At(long place, long length) => place >= 0 && length >= 0 && place <= _file.Length - length
        ? _file.AsSpan((int)place, (int)length)
        : throw new InvalidDataException($"It points to byte {place + length}, and has {_file.Length}.");
}
