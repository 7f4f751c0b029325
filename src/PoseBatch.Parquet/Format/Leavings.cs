namespace PoseBatch.Parquet.Format;

/// <summary>
/// Parquet.Net leaves some 110 bytes per row behind, in pieces so large that only a collection of all generations finds them. It
/// would come of itself, sooner or later; coming after every few columns it bounds what lies about, for a short video and a long
/// one alike (promise P7). Little lives, so that it takes a millisecond.
/// </summary>
internal static class Leavings
{
    // Two columns of a full row group: of text, they leave ten megabytes.
    private const long MostValues = 131_072 * 2;

    private static long _values;

    /// <summary>Takes note of values that were written or read.</summary>
    /// <param name="count">How many.</param>
    public static void Add(long count)
    {
        if (Interlocked.Add(ref _values, count) >= MostValues)
        {
            Collect();
        }
    }

    /// <summary>Collects now.</summary>
    public static void Collect()
    {
        Interlocked.Exchange(ref _values, 0);
        GC.Collect();
    }
}
