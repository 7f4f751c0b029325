using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>
/// Codes of the words that were read from a column. Rows that share a word of the dictionary share its memory, so that words are
/// compared by where they lie, and letters only once per word.
/// </summary>
/// <param name="target">Whose words they become.</param>
internal sealed class WordCodes(TextColumnBuffer target)
{
    private readonly List<(ReadOnlyMemory<char> Word, int Code)> _seen = [];
    private readonly Dictionary<ReadOnlyMemory<char>, int> _places = [];

    /// <summary>Finds the code of each word.</summary>
    /// <param name="words">What was read.</param>
    /// <param name="codes">Receives one code per word.</param>
    public void Find(ReadOnlySpan<ReadOnlyMemory<char>> words, Span<int> codes)
    {
        int place = -1;
        for (int i = 0; i < words.Length; i++)
        {
            // Joints come in the order of the skeleton, and every other column of words mostly repeats the one before.
            if (place < 0 || !words[i].Equals(_seen[place].Word))
            {
                place = place + 1 < _seen.Count && words[i].Equals(_seen[place + 1].Word) ? place + 1 : PlaceOf(words[i]);
            }

            codes[i] = _seen[place].Code;
        }
    }

    private int PlaceOf(ReadOnlyMemory<char> word)
    {
        if (!_places.TryGetValue(word, out int place))
        {
            place = _seen.Count;
            _places.Add(word, place);
            _seen.Add((word, target.CodeOf(word.ToString())));
        }

        return place;
    }
}
