namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>What a decode has given so far, and how it ended.</summary>
internal sealed class DecodeAccount
{
    /// <summary>Frames that were decoded.</summary>
    public long Decoded { get; set; }

    /// <summary>Frames that are in the file and gave no picture.</summary>
    public long Undecodable { get; set; }

    /// <summary>Of the decoded ones, those whose time was worked out.</summary>
    public long Estimated { get; private set; }

    /// <summary>Index of the first of these; null without any.</summary>
    public long? FirstEstimated { get; private set; }

    /// <summary>Whether the pictures end before the file should.</summary>
    public bool EndsEarly { get; set; }

    /// <summary>How much of the stated length is not there; null when nothing is missing.</summary>
    public double? MissingSeconds { get; set; }

    /// <summary>All frames that were told.</summary>
    public long Told => Decoded + Undecodable;

    /// <summary>Counts a frame whose time was worked out.</summary>
    public void AddEstimated(long index)
    {
        FirstEstimated ??= index;
        Estimated++;
    }
}
