using System.Globalization;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Something that a request may carry beside its address: what it is called and what it means. Stated once, for reading and for the description.</summary>
/// <param name="Name">As the caller writes it.</param>
/// <param name="Description">What it does, one sentence.</param>
internal abstract record RequestParameter(string Name, string Description);

/// <summary>A header that the framework, or the route itself, reads.</summary>
/// <inheritdoc cref="RequestParameter"/>
internal sealed record HeaderParameter(string Name, string Description) : RequestParameter(Name, Description);

/// <summary>A text in the query.</summary>
/// <inheritdoc cref="RequestParameter"/>
internal sealed record TextParameter(string Name, string Description) : RequestParameter(Name, Description)
{
    /// <summary>Whether a request without it is refused.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The text; null when it is absent or empty.</summary>
    /// <exception cref="ApiException">400: it is required and missing.</exception>
    public string? In(HttpRequest request) => request.Query[Name].ToString() is { Length: > 0 } text ? text
        : IsRequired ? throw ApiException.BadParameter(Name, "is missing.")
        : null;
}

/// <summary>A whole number in the query, within bounds; what cannot be read is named, not passed over.</summary>
/// <inheritdoc cref="RequestParameter"/>
internal sealed record NumberParameter(string Name, string Description) : RequestParameter(Name, Description)
{
    /// <summary>Smallest allowed. Default 0.</summary>
    public long Least { get; init; }

    /// <summary>Largest allowed. Default: the largest 32-bit number but one, so that the end behind the last is one, too.</summary>
    public long Most { get; init; } = int.MaxValue - 1;

    /// <summary>What holds where it is absent; null where that depends on others, or means something of its own.</summary>
    public long? Standard { get; init; }

    /// <summary>The number; <see cref="Standard"/> when it is absent or empty.</summary>
    /// <exception cref="ApiException">400: it is none, or out of bounds.</exception>
    public long? In(HttpRequest request)
    {
        if (request.Query[Name].ToString() is not { Length: > 0 } text)
        {
            return Standard;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= Least && number <= Most
            ? number
            : throw ApiException.BadParameter(Name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {Least} to {Most}, not '{text}'."));
    }

    /// <summary>The number, or <paramref name="standard"/> when it is absent or empty.</summary>
    /// <inheritdoc cref="In(HttpRequest)"/>
    public long In(HttpRequest request, long standard) => In(request) ?? standard;
}
