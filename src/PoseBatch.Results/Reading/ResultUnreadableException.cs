namespace PoseBatch.Results.Reading;

/// <summary>A result, or a table of it, is not there or is damaged.</summary>
/// <param name="message">What is wrong, a sentence.</param>
/// <param name="advice">The way out.</param>
/// <param name="cause">What found it, if anything.</param>
internal sealed class ResultUnreadableException(string message, string advice, Exception? cause = null)
    : PoseBatchException(ReasonCode.SourceMissing, message, advice, cause)
{
    /// <summary>Whether it is not there at all; what is damaged is there.</summary>
    public bool IsGone { get; } = cause is null or FileNotFoundException or DirectoryNotFoundException;
}
