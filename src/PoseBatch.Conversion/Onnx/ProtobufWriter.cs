using System.Buffers;
using System.Text;

namespace PoseBatch.Conversion.Onnx;

/// <summary>
/// Writes messages in the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding): varints and
/// length-delimited fields, all an ONNX file needs. Fields appear in the order of the calls.
/// </summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What has been written so far.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>A field of type int32, int64, enum or bool.</summary>
    public ProtobufWriter Whole(int field, long value)
    {
        Raw((ulong)((field << 3) | Varint));
        Raw((ulong)value);
        return this;
    }

    /// <summary>A field of type float.</summary>
    public ProtobufWriter Number(int field, float value)
    {
        Raw((ulong)((field << 3) | Fixed32));
        System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(sizeof(float)), value);
        _bytes.Advance(sizeof(float));
        return this;
    }

    /// <summary>A field of type string.</summary>
    public ProtobufWriter Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    /// <summary>A field of type message.</summary>
    public ProtobufWriter Message(int field, ProtobufWriter message) => Bytes(field, message.Written);

    /// <summary>A field of type bytes.</summary>
    public ProtobufWriter Bytes(int field, ReadOnlySpan<byte> content)
    {
        Raw((ulong)((field << 3) | LengthDelimited));
        Raw((ulong)content.Length);
        _bytes.Write(content);
        return this;
    }

    private void Raw(ulong value)
    {
        Span<byte> target = _bytes.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            target[length++] = (byte)(value | 0x80);
        }

        target[length++] = (byte)value;
        _bytes.Advance(length);
    }
}
