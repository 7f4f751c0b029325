namespace PoseBatch.Conversion.Source;

/// <summary>What a graph that cannot be converted is answered with.</summary>
internal static class ConversionFault
{
    /// <summary>A model_mismatch with its way out.</summary>
    public static PoseBatchException Of(string message, string? advice = null, Exception? cause = null) =>
        new(ReasonCode.ModelMismatch, message, advice, cause);
}
