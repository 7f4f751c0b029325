namespace PoseBatch.Worker.Service.Api;

/// <summary>A request that cannot be answered as asked; becomes problem JSON.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="code">A reason code of the job contract, or one of the API's own (docs/operations.md).</param>
/// <param name="message">What is wrong, one sentence.</param>
/// <param name="advice">What to do about it, or null.</param>
/// <param name="field">The field or parameter it is about, or null.</param>
internal sealed class ApiException(int status, string code, string message, string? advice = null, string? field = null) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The code.</summary>
    public string Code { get; } = code;

    /// <summary>What to do about it, or null.</summary>
    public string? Advice { get; } = advice;

    /// <summary>The field or parameter it is about, or null.</summary>
    public string? Field { get; } = field;

    /// <summary>No job has that id.</summary>
    public static ApiException NoSuchJob(string id) => new(StatusCodes.Status404NotFound, "not_found", $"There is no job '{id}'.");

    /// <summary>Refuses a body that came packed: nobody unpacks it here, and what is stored would be no video.</summary>
    /// <exception cref="ApiException">415.</exception>
    public static void ThrowIfEncoded(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(
                StatusCodes.Status415UnsupportedMediaType, "unsupported_encoding", $"A body with Content-Encoding '{encoding}' cannot be taken.",
                "Send it as it is, without Content-Encoding.");
        }
    }

    /// <summary>A parameter that cannot be used.</summary>
    public static ApiException BadParameter(string name, string message) =>
        new(StatusCodes.Status400BadRequest, "bad_request", $"{name}: {message}", field: name);
}
