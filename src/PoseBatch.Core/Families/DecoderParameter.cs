namespace PoseBatch.Families;

/// <summary>One parameter of a family's <c>decoder</c> section: a number within limits or one word of a list.</summary>
/// <param name="Name">The key.</param>
/// <param name="Default">Value when the file leaves it out, a <see cref="double"/> or a <see cref="string"/>; null makes it required.</param>
/// <param name="Minimum">Smallest number.</param>
/// <param name="Maximum">Largest number.</param>
/// <param name="Words">The words allowed; null for a number.</param>
/// <param name="Meaning">Meaning and unit.</param>
/// <param name="IsWhole">True for a number that must be whole.</param>
public sealed record DecoderParameter(
    string Name, object? Default, double Minimum, double Maximum, IReadOnlyList<string>? Words, string Meaning, bool IsWhole = false)
{
    /// <summary>A real number.</summary>
    internal static DecoderParameter Number(string name, double? standard, double minimum, double maximum, string meaning) =>
        new(name, standard, minimum, maximum, null, meaning);

    /// <summary>A whole number.</summary>
    internal static DecoderParameter Whole(string name, double? standard, double minimum, double maximum, string meaning) =>
        new(name, standard, minimum, maximum, null, meaning, IsWhole: true);

    /// <summary>One of some words.</summary>
    internal static DecoderParameter Word(string name, string? standard, IReadOnlyList<string> words, string meaning) =>
        new(name, standard, 0, 0, words, meaning);
}
