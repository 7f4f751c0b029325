namespace PoseBatch;

/// <summary>Wire names (snake_case) and retry classes of <see cref="ReasonCode"/>.</summary>
public static class ReasonCodes
{
    /// <summary>The name used in manifests, events and JSON output, for example <c>no_video_stream</c>.</summary>
    public static string WireName(this ReasonCode code) => code switch
    {
        ReasonCode.SourceMissing => "source_missing",
        ReasonCode.SourceUnreadable => "source_unreadable",
        ReasonCode.SourceChanged => "source_changed",
        ReasonCode.SourceUnsettled => "source_unsettled",
        ReasonCode.NotVideo => "not_video",
        ReasonCode.NoVideoStream => "no_video_stream",
        ReasonCode.CodecUnsupported => "codec_unsupported",
        ReasonCode.DecodeFailed => "decode_failed",
        ReasonCode.ModelMissing => "model_missing",
        ReasonCode.ModelMismatch => "model_mismatch",
        ReasonCode.ProviderUnavailable => "provider_unavailable",
        ReasonCode.OutOfMemory => "out_of_memory",
        ReasonCode.DeviceLost => "device_lost",
        ReasonCode.DiskFull => "disk_full",
        ReasonCode.OutputUnwritable => "output_unwritable",
        ReasonCode.OutputConflict => "output_conflict",
        ReasonCode.LeaseLost => "lease_lost",
        ReasonCode.Stalled => "stalled",
        ReasonCode.MaxAttempts => "max_attempts",
        ReasonCode.Cancelled => "cancelled",
        ReasonCode.Internal => "internal",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "Not a reason code."),
    };

    /// <summary>The code of that wire name, or null.</summary>
    public static ReasonCode? Parse(string wireName)
    {
        foreach (ReasonCode code in Enum.GetValues<ReasonCode>())
        {
            if (code.WireName() == wireName)
            {
                return code;
            }
        }

        return null;
    }

    /// <summary>True when trying again later may help; false when the same input will fail the same way.</summary>
    public static bool IsTransient(this ReasonCode code) => code is ReasonCode.SourceUnreadable or ReasonCode.SourceChanged or ReasonCode.SourceUnsettled
        or ReasonCode.ProviderUnavailable or ReasonCode.OutOfMemory or ReasonCode.DeviceLost or ReasonCode.DiskFull or ReasonCode.OutputUnwritable
        or ReasonCode.LeaseLost or ReasonCode.Stalled or ReasonCode.Internal;
}
