using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PoseBatch.Parquet;

/// <summary>
/// The values of a column as one engine reads them, as a hash. SHA-256 over the exact values, row by row: one byte 0 for null, else
/// one byte 1 and then whole numbers as 8 bytes, floats as their 8-byte double (every float is exact in it), truth as 1 byte and
/// text as 4 bytes of length and UTF-8; all little-endian. NaN has one form.
/// </summary>
internal sealed class ColumnDigest : IDisposable
{
    private const long TheNaN = 0x7FF8000000000000;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Rows without a value.</summary>
    public long NullCount { get; private set; }

    /// <summary>Takes the value of the next row.</summary>
    public void Add(object? value)
    {
        byte[] bytes = new byte[9];
        bytes[0] = 1;
        switch (value)
        {
            case null or DBNull:
                NullCount++;
                bytes = [0];
                break;
            case string text:
                byte[] letters = Encoding.UTF8.GetBytes(text);
                bytes = [1, .. BitConverter.GetBytes(letters.Length), .. letters];
                break;
            case bool flag:
                bytes = [1, flag ? (byte)1 : (byte)0];
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case float or double:
                double number = Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture);
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), double.IsNaN(number) ? TheNaN : BitConverter.DoubleToInt64Bits(number));
                break;
            default:
                throw new ArgumentException($"No table has values of {value.GetType()}.", nameof(value));
        }

        _hash.AppendData(bytes);
    }

    /// <summary>The hash of all values so far, in hexadecimal.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
