using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.FileSystem;

/// <summary>How many files were left out, and the first few of them by name, so that a line about thousands stays a line.</summary>
internal sealed class LeftOutNames
{
    private const int MostNamed = 5;

    private readonly List<string> _names = new(MostNamed);
    private readonly List<string> _hidden = [];

    /// <summary>All of them.</summary>
    public long Count { get; private set; }

    /// <summary>Whether the next one that is not hidden would be named; if not, its name does not matter.</summary>
    public bool HasRoom => _names.Count < MostNamed;

    /// <summary>Counts one more.</summary>
    /// <param name="name">As the user should see it.</param>
    /// <param name="isHidden">Named only when there is room: people look for those they can see.</param>
    public void Add(ReadOnlySpan<char> name, bool isHidden)
    {
        Count++;
        List<string> list = isHidden ? _hidden : _names;
        if (list.Count < MostNamed)
        {
            list.Add(name.ToString());
        }
    }

    /// <summary>For example <c>notes.txt, photo.jpg and 7 more</c>.</summary>
    public override string ToString()
    {
        string[] named = [.. _names.Concat(_hidden).Take(MostNamed).Select(Printable.Of)];
        string text = string.Join(", ", named);
        return Count > named.Length ? FormattableString.Invariant($"{text} and {Count - named.Length} more") : text;
    }
}
