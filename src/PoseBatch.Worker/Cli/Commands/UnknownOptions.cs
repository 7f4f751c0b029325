using System.CommandLine;
using System.CommandLine.Parsing;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>
/// Finds words that look like options and are none: where a verb takes names of videos, the parser would take a misspelt option
/// for one. What begins with a dash and is meant as a name is written behind <c>--</c>, or with its folder (<c>./-clip.mp4</c>).
/// </summary>
internal static class UnknownOptions
{
    /// <summary>What is wrong with a command line, one sentence each; empty when nothing is.</summary>
    /// <param name="parsed">The command line, parsed.</param>
    /// <param name="words">The same as it was typed.</param>
    public static IReadOnlyList<string> Problems(ParseResult parsed, IReadOnlyList<string> words)
    {
        List<string> problems = [];
        int end = IndexOf(parsed.Tokens, token => token.Type == TokenType.DoubleDash);
        foreach (Token word in Words(parsed.RootCommandResult).Concat(Unmatched(parsed)))
        {
            int place = IndexOf(parsed.Tokens, token => ReferenceEquals(token, word));
            if (LooksLikeOption(word.Value) && (end < 0 || place < end))
            {
                problems.Add($"Unknown option '{Printable.Of(word.Value)}'.{Suggestion(parsed, word.Value)} A name that begins with a dash is written behind --, or as {Printable.Of("./" + word.Value)}.");
            }
        }

        foreach (OptionResult option in Options(parsed.CommandResult))
        {
            // A value in one word with its option (--out=--x) is meant; one of its own that is spelt as an option is one misspelt.
            foreach (Token value in option.Tokens.Where(token => token.Value.StartsWith("--", StringComparison.Ordinal) && !IsPartOfAWord(option, token, words)))
            {
                problems.Add($"{option.Option.Name} needs a value, and '{Printable.Of(value.Value)}' looks like an option.{Suggestion(parsed, value.Value)} If it is meant, write {option.Option.Name}={Printable.Of(value.Value)}.");
            }
        }

        return problems;
    }

    /// <summary>The known name that is the only one to begin so, or that a misspelt one is closest to; null when none is close.</summary>
    internal static string? Nearest(string word, IReadOnlyList<string> known)
    {
        string bare = word.Split('=', ':')[0];
        if (bare.Length > 3 && known.Where(name => name.StartsWith(bare, StringComparison.Ordinal)).Take(2).ToArray() is [{ } whole])
        {
            return whole;
        }

        (string? nearest, int least) = (null, int.MaxValue);
        foreach (string name in known)
        {
            int distance = Distance(bare, name);
            if (distance < least)
            {
                (nearest, least) = (name, distance);
            }
        }

        // Two slips, or a third of the letters, and never all of a short name.
        return least <= int.Max(2, bare.Length / 3) && least < bare.TrimStart('-').Length ? nearest : null;
    }

    private static string Suggestion(ParseResult parsed, string word)
    {
        List<string> known = [];
        for (CommandResult? command = parsed.CommandResult; command is not null; command = command.Parent as CommandResult)
        {
            bool isOwn = command == parsed.CommandResult;
            known.AddRange(command.Command.Options.Where(option => !option.Hidden && (isOwn || option.Recursive)).SelectMany(option => option.Aliases.Prepend(option.Name)));
        }

        return Nearest(word, [.. known.Where(name => name.StartsWith("--", StringComparison.Ordinal))]) is { } nearest ? $" Did you mean {nearest}?" : string.Empty;
    }

    // A lone dash is a name to some programs and to none of ours, and never an option.
    private static bool LooksLikeOption(string word) => word.Length > 1 && word[0] == '-' && word != "--";

    private static IEnumerable<Token> Words(CommandResult command) => command.Children.SelectMany(child => child switch
    {
        ArgumentResult argument => argument.Tokens,
        CommandResult below => Words(below),
        _ => [],
    });

    private static IEnumerable<Token> Unmatched(ParseResult parsed) =>
        parsed.UnmatchedTokens.Select(word => parsed.Tokens.FirstOrDefault(token => token.Value == word)).OfType<Token>();

    private static IEnumerable<OptionResult> Options(CommandResult command) => command.Children.OfType<OptionResult>();

    // The parser cuts --out=x into two tokens.
    private static bool IsPartOfAWord(OptionResult option, Token value, IReadOnlyList<string> words) =>
        option.Option.Aliases.Prepend(option.Option.Name).Any(name => words.Contains($"{name}={value.Value}") || words.Contains($"{name}:{value.Value}"));

    private static int IndexOf(IReadOnlyList<Token> tokens, Func<Token, bool> isIt)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            if (isIt(tokens[i]))
            {
                return i;
            }
        }

        return -1;
    }

    // Letters put in, left out, changed, or two neighbours changed over.
    private static int Distance(string one, string other)
    {
        int[,] steps = new int[one.Length + 1, other.Length + 1];
        for (int i = 0; i <= one.Length; i++)
        {
            for (int j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }

                int change = one[i - 1] == other[j - 1] ? 0 : 1;
                steps[i, j] = int.Min(int.Min(steps[i - 1, j] + 1, steps[i, j - 1] + 1), steps[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    steps[i, j] = int.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[one.Length, other.Length];
    }
}
