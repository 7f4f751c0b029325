using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace PoseBatch.Worker.Analysis.Targets;

/// <summary>
/// Writes a NumPy array file (<c>.npy</c>, format 1.0) of little-endian float32 whose first dimension is known only at the end.
/// Nothing but the row given is held in memory.
/// </summary>
internal sealed class NpyFile : IDisposable
{
    // Room for the dictionary whatever the numbers; a multiple of 64, as the format wants the data aligned.
    private const int HeaderLength = 192, Preamble = 10;

    private readonly FileStream _file;
    private readonly int[] _rowShape;
    private readonly int _rowLength;
    private long _count;

    /// <param name="path">A file that does not exist.</param>
    /// <param name="rowShape">All dimensions but the first.</param>
    public NpyFile(string path, params int[] rowShape)
    {
        (_rowShape, _rowLength) = (rowShape, rowShape.Aggregate(1, (product, side) => checked(product * side)));
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        _file.Write(Header());
    }

    /// <summary>Adds one entry of the first dimension.</summary>
    /// <param name="row">As many numbers as the other dimensions have together.</param>
    public void Add(ReadOnlySpan<float> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, _rowLength);
        _file.Write(MemoryMarshal.AsBytes(row));
        _count++;
    }

    /// <summary>States the first dimension and closes the file.</summary>
    public void Dispose()
    {
        _file.Position = 0;
        _file.Write(Header());
        _file.Dispose();
    }

    private byte[] Header()
    {
        string shape = string.Join(", ", _rowShape.Select(side => side.ToString(CultureInfo.InvariantCulture)).Prepend(_count.ToString(CultureInfo.InvariantCulture)));
        string dictionary = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}".PadRight(HeaderLength - Preamble - 1) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)(HeaderLength - Preamble), 0, .. Encoding.ASCII.GetBytes(dictionary)];
    }
}
