using System.Buffers.Binary;

namespace PoseBatch.Conversion.Source;

/// <summary>One tensor as a TF-Lite file declares it (table <c>Tensor</c> of schema.fbs).</summary>
internal sealed class TfliteTensor
{
    // TensorType
    private const int Float32 = 0, Float16 = 1, Int32 = 2, UInt8 = 3, Int64 = 4, Bool = 6, Int16 = 7, Int8 = 9;

    private readonly FlatTable _table;
    private readonly int _type;
    private readonly float[] _scales;
    private readonly long[] _zeroPoints;
    private readonly int _quantizedAxis;

    /// <summary>Reads what is declared, not the numbers.</summary>
    /// <exception cref="InvalidDataException">The declaration contradicts itself.</exception>
    public TfliteTensor(FlatTable table, string name)
    {
        _table = table;
        Name = name;
        Shape = table.Int32s(0);
        _type = table.Byte(1);
        Buffer = table.Int32(2);
        FlatTable? quantization = table.Table(4);
        _scales = quantization?.Singles(2) ?? [];
        _zeroPoints = quantization?.Int64s(3) ?? [];
        _quantizedAxis = quantization?.Int32(6) ?? 0;
        IsPlain = !table.Has(6) && quantization?.Byte(4) is null or 0;
        int[] declared = table.Int32s(7);
        DeclaredShape = declared.Length == Shape.Length ? declared : Shape;
        bool fits = _scales.Length <= 1 || (_quantizedAxis >= 0 && _quantizedAxis < Shape.Length && Shape[_quantizedAxis] == _scales.Length);
        if (!fits || (_zeroPoints.Length > 1 && _zeroPoints.Length != _scales.Length) || Shape.Any(length => length < 0))
        {
            throw new InvalidDataException($"Tensor '{name}' of shape [{string.Join(", ", Shape)}] has {_scales.Length} scales and {_zeroPoints.Length} zero points.");
        }
    }

    /// <summary>Its name, made unique.</summary>
    public string Name { get; }

    /// <summary>Lengths of the dimensions.</summary>
    public int[] Shape { get; }

    /// <summary>The lengths with -1 for what is free.</summary>
    public int[] DeclaredShape { get; }

    /// <summary>Which buffer has its numbers.</summary>
    public int Buffer { get; }

    /// <summary>Whether its numbers lie one after the other and mean what scale and zero point say: not sparse, no encoding of its own.</summary>
    public bool IsPlain { get; }

    /// <summary>For a picture of bytes or other whole numbers: a real number is <c>(whole - zero) * scale</c>; null when the numbers are real.</summary>
    public (float Scale, float Zero)? Quantization => _scales.Length == 1 && _type is (UInt8 or Int8 or Int16)
        ? (_scales[0], _zeroPoints.Length == 1 ? _zeroPoints[0] : 0)
        : null;

    /// <summary>The numbers that stored bytes stand for: float, where scales are given or the type is; else whole numbers. Null for types that are not read here.</summary>
    /// <exception cref="InvalidDataException">There are fewer bytes than the shape asks for, or more.</exception>
    public SourceTensor? Constant(ReadOnlySpan<byte> bytes)
    {
        int width = _type switch
        {
            Float32 or Int32 => 4,
            Float16 or Int16 => 2,
            UInt8 or Int8 or Bool => 1,
            Int64 => 8,
            _ => 0,
        };
        if (width == 0 || !IsPlain)
        {
            return null;
        }

        int count = SourceTensor.CountOf(Shape);
        if ((long)count * width != bytes.Length)
        {
            throw new InvalidDataException($"Tensor '{Name}' should have {count} numbers of {width} bytes and has {bytes.Length} bytes.");
        }

        return _type is Float32 or Float16 || _scales.Length > 0
            ? new(Shape, Reals(bytes, width, count), null)
            : new(Shape, null, Wholes(bytes, width, count));
    }

    private float[] Reals(ReadOnlySpan<byte> bytes, int width, int count)
    {
        // Consecutive numbers share a scale as long as the dimensions behind the quantized one last.
        int run = _scales.Length > 1 ? SourceTensor.CountOf(Shape.Skip(_quantizedAxis + 1)) : 1;
        float[] numbers = new float[count];
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> one = bytes.Slice(index * width, width);
            int channel = _scales.Length > 1 ? index / run % _scales.Length : 0;
            numbers[index] = _type switch
            {
                Float32 => BinaryPrimitives.ReadSingleLittleEndian(one),
                Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(one),
                _ => (float)((Whole(one) - ZeroOf(channel)) * (double)_scales[channel]),
            };
        }

        return numbers;
    }

    private long ZeroOf(int channel) => _zeroPoints.Length == 0 ? 0 : _zeroPoints[_zeroPoints.Length == 1 ? 0 : channel];

    private int[] Wholes(ReadOnlySpan<byte> bytes, int width, int count)
    {
        int[] numbers = new int[count];
        for (int index = 0; index < count; index++)
        {
            numbers[index] = int.CreateSaturating(Whole(bytes.Slice(index * width, width)));   // "to the end" is written as the greatest number there is
        }

        return numbers;
    }

    private long Whole(ReadOnlySpan<byte> one) => _type switch
    {
        Int32 => BinaryPrimitives.ReadInt32LittleEndian(one),
        Int64 => BinaryPrimitives.ReadInt64LittleEndian(one),
        Int16 => BinaryPrimitives.ReadInt16LittleEndian(one),
        Int8 => (sbyte)one[0],
        _ => one[0],
    };
}
