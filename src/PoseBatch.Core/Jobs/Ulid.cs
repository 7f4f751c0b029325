using System.Security.Cryptography;

namespace PoseBatch.Jobs;

/// <summary>
/// Makes ULIDs: 48 bits of UTC milliseconds and 80 random bits, written as 26 characters of Crockford's base 32, so that text
/// order is order of time. Within one maker each is greater than the one before, also within a millisecond and when the clock
/// is set back. Thread-safe. (Source: the ULID specification, github.com/ulid/spec.)
/// </summary>
public sealed class Ulid(TimeProvider clock)
{
    /// <summary>Characters of a ULID.</summary>
    public const int Length = 26;

    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static readonly UInt128 RandomMask = (UInt128.One << 80) - 1;
    private readonly Lock _gate = new();
    private UInt128 _last;

    /// <summary>The next one.</summary>
    public string Next()
    {
        UInt128 time = (UInt128)(ulong)clock.GetUtcNow().ToUnixTimeMilliseconds() << 80;
        lock (_gate)
        {
            // A tick, or a clock, that does not advance: one more than the last one, which may carry into the time.
            _last = time > (_last | RandomMask) ? time | Random() : _last + 1;
            return Write(_last);
        }
    }

    /// <summary>Whether a text is a ULID in its one spelling: 26 capitals and digits without I, L, O and U, at most 128 bits.</summary>
    public static bool IsUlid(string? text)
    {
        if (text is not { Length: Length } || text[0] > '7')
        {
            return false;
        }

        foreach (char digit in text)
        {
            if (!Digits.Contains(digit, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    private static UInt128 Random()
    {
        Span<byte> bytes = stackalloc byte[10];
        RandomNumberGenerator.Fill(bytes);
        UInt128 random = 0;
        foreach (byte value in bytes)
        {
            random = (random << 8) | value;
        }

        // The topmost bit stays free, so that counting on never overflows into the time by chance.
        return random & (RandomMask >> 1);
    }

    private static string Write(UInt128 value) => string.Create(Length, value, static (text, rest) =>
    {
        for (int i = Length - 1; i >= 0; i--)
        {
            text[i] = Digits[(int)(rest & 31)];
            rest >>= 5;
        }
    });
}
