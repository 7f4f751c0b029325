namespace PoseBatch.Json;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
public static class Spelling
{
    /// <summary>
    /// The known name that needs the fewest changes of one letter (insert, delete, replace, swap two neighbours), at most one in
    /// three letters and three in all; null when none is that near. Capitals, hyphens and underscores do not count.
    /// </summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        string plain = Plain(name);
        int most = Math.Min(3, Math.Max(1, plain.Length / 3));
        return known
            .Select(candidate => (candidate, distance: Distance(plain, Plain(candidate))))
            .Where(pair => pair.distance <= most)
            .OrderBy(pair => pair.distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate)
            .FirstOrDefault();
    }

    private static string Plain(string name) => name.ToLowerInvariant().Replace("_", null, StringComparison.Ordinal).Replace("-", null, StringComparison.Ordinal);

    // Optimal string alignment: the edit distance of Damerau and Levenshtein in which no part is edited twice.
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
