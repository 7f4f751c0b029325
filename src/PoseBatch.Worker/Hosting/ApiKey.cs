namespace PoseBatch.Worker.Hosting;

/// <summary>What can be the service's key.</summary>
internal static class ApiKey
{
    /// <summary>Why a text cannot be one, without showing it; null where it can, or is none.</summary>
    /// <remarks>It travels in a header, which has no place for line breaks and loses spaces at its ends; beyond ASCII, programs differ.</remarks>
    public static string? FaultOf(string? key)
    {
        if (string.IsNullOrEmpty(key))
        {
            return null;
        }

        int place = key[0] == ' ' ? 0 : key.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        place = place < 0 && key[^1] == ' ' ? key.Length - 1 : place;
        return place < 0 ? null
            : $"may hold the letters, digits and signs of ASCII only, and no space at its ends, but character {place + 1} is {Name(key[place])}.";
    }

    private static string Name(char letter) => letter switch
    {
        ' ' => "a space",
        '\n' or '\r' => "a line break",
        < ' ' or '\x7F' => "a control character",
        _ => "another one",
    };
}
