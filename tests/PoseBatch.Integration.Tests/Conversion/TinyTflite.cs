using System.Buffers.Binary;
using System.Text;

namespace PoseBatch.Conversion;

/// <summary>Writes small TF-Lite files, so that the reader can be tested where no real one is at hand.</summary>
internal sealed class TinyTflite
{
    public const byte Float32 = 0, Float16 = 1, Int32 = 2, UInt8 = 3, Int8 = 9;

    private readonly List<byte> _file = [];
    private readonly List<object?[]> _tensors = [], _operators = [], _codes = [];
    private readonly List<object?[]> _buffers = [[]];

    /// <summary>A graph whose picture is tensor 0, called <c>image</c>.</summary>
    public TinyTflite(int[] shape, byte type = Float32, float[]? scales = null, long[]? zeros = null) => Tensor("image", shape, type, null, scales, zeros);

    /// <summary>Adds a tensor and gives its number. Fields as in table Tensor: shape, type, buffer, name, quantization.</summary>
    public int Tensor(string name, int[] shape, byte type, byte[]? numbers = null, float[]? scales = null, long[]? zeros = null, int axis = 0)
    {
        if (numbers is not null)
        {
            _buffers.Add([numbers]);
        }

        object?[]? quantization = scales is null ? null : [null, null, scales, zeros, null, null, axis];
        _tensors.Add([shape, type, numbers is null ? 0 : _buffers.Count - 1, name, quantization]);
        return _tensors.Count - 1;
    }

    /// <summary>Adds a constant of 32 bit floats.</summary>
    public int Floats(string name, int[] shape, params float[] numbers) =>
        Tensor(name, shape, Float32, [.. numbers.SelectMany(BitConverter.GetBytes)]);

    /// <summary>Adds a constant of whole numbers.</summary>
    public int Wholes(string name, int[] shape, params int[] numbers) =>
        Tensor(name, shape, Int32, [.. numbers.SelectMany(BitConverter.GetBytes)]);

    /// <summary>Adds an operation that gives a new tensor without a known shape.</summary>
    public int Node(int code, string output, int[] inputs, object?[]? options = null, string? custom = null)
    {
        int made = Tensor(output, [], Float32);
        _codes.Add([(byte)Math.Min(code, 127), custom, 1, code]);
        _operators.Add([_codes.Count - 1, inputs, new[] { made }, (byte)1, options]);
        return made;
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToFile()
    {
        _file.Clear();
        _file.AddRange(new byte[4]);
        _file.AddRange("TFL3"u8);
        object?[] graph = [_tensors.ToArray(), new[] { 0 }, new[] { _tensors.Count - 1 }, _operators.ToArray(), "main"];
        Patch(0, Table([3, _codes.ToArray(), new[] { graph }, "tiny", _buffers.ToArray()]));
        return [.. _file];
    }

    /// <summary>Writes <c>graph.tflite</c> and gives its path.</summary>
    public string Write(string folder)
    {
        string path = Path.Combine(folder, "graph.tflite");
        File.WriteAllBytes(path, ToFile());
        return path;
    }

    // The list of offsets, the table with eight bytes a field, then what its fields point to.
    private int Table(object?[] fields)
    {
        int offsets = _file.Count;
        Append(BitConverter.GetBytes((ushort)(4 + (2 * fields.Length))));
        Append(BitConverter.GetBytes((ushort)(4 + (8 * fields.Length))));
        for (int field = 0; field < fields.Length; field++)
        {
            Append(BitConverter.GetBytes((ushort)(fields[field] is null ? 0 : 4 + (8 * field))));
        }

        int start = _file.Count;
        Append(BitConverter.GetBytes(start - offsets));
        Append(new byte[8 * fields.Length]);
        for (int field = 0; field < fields.Length; field++)
        {
            int place = start + 4 + (8 * field);
            switch (fields[field])
            {
                case null:
                    break;
                case byte one:
                    _file[place] = one;
                    break;
                case int whole:
                    Put(place, whole);
                    break;
                case object?[][] tables:
                    Patch(place, Vector(tables));
                    break;
                case object?[] table:
                    Patch(place, Table(table));
                    break;
                case object vector:
                    Patch(place, Vector(vector));
                    break;
            }
        }

        return start;
    }

    private int Vector(object numbers)
    {
        (int count, byte[] bytes) = numbers switch
        {
            string text => (Encoding.UTF8.GetByteCount(text), Encoding.UTF8.GetBytes(text)),
            byte[] own => (own.Length, own),
            int[] wholes => (wholes.Length, [.. wholes.SelectMany(BitConverter.GetBytes)]),
            long[] wholes => (wholes.Length, [.. wholes.SelectMany(BitConverter.GetBytes)]),
            float[] reals => (reals.Length, [.. reals.SelectMany(BitConverter.GetBytes)]),
            _ => throw new ArgumentException("no such vector", nameof(numbers)),
        };
        int start = _file.Count;
        Append(BitConverter.GetBytes(count));
        Append(bytes);
        return start;
    }

    private int Vector(object?[][] tables)
    {
        int start = _file.Count;
        Append(BitConverter.GetBytes(tables.Length));
        Append(new byte[4 * tables.Length]);
        for (int index = 0; index < tables.Length; index++)
        {
            Patch(start + 4 + (4 * index), Table(tables[index]));
        }

        return start;
    }

    private void Append(byte[] bytes) => _file.AddRange(bytes);

    private void Patch(int place, int target) => Put(place, target - place);

    private void Put(int place, int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        for (int index = 0; index < 4; index++)
        {
            _file[place + index] = bytes[index];
        }
    }
}
