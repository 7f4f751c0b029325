using System.Globalization;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Reads parameters strictly: what cannot be read is named, not passed over.</summary>
internal static class Query
{
    /// <summary>The text of a parameter; null when it is absent or empty.</summary>
    public static string? Text(HttpRequest request, string name) => request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary>A whole number within bounds.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">Name of the parameter.</param>
    /// <param name="least">Smallest allowed.</param>
    /// <param name="most">Largest allowed.</param>
    /// <param name="standard">Where it is absent.</param>
    /// <exception cref="ApiException">400.</exception>
    public static long Number(HttpRequest request, string name, long least, long most, long standard)
    {
        if (Text(request, name) is not { } text)
        {
            return standard;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw ApiException.BadParameter(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}, not '{text}'."));
    }

    /// <summary>Refuses parameters that nobody reads: a misspelt filter would silently show everything.</summary>
    /// <exception cref="ApiException">400.</exception>
    public static void OnlyKnown(HttpRequest request, params ReadOnlySpan<string> known)
    {
        foreach (string name in request.Query.Keys)
        {
            if (!known.Contains(name))
            {
                throw ApiException.BadParameter(name, known.IsEmpty ? "there are no parameters here." : $"is not known here; known are {string.Join(", ", known)}.");
            }
        }
    }
}
