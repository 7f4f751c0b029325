using PoseBatch.Jobs;
using PoseBatch.Results.Format;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Whether a source is still the file that a job was written for (<c>source.size</c>, <c>source.sha256</c>).</summary>
internal static class PinnedSource
{
    /// <summary>Compares the file with what the job says of it. One that is not there is found out elsewhere.</summary>
    /// <param name="source">What the job says.</param>
    /// <param name="moved">Called now and then while the file is hashed.</param>
    /// <param name="cancellation">Ends hashing.</param>
    /// <exception cref="PoseBatchException">source_changed.</exception>
    public static void Check(JobSource source, Action moved, CancellationToken cancellation)
    {
        FileInfo file = new(source.Path);
        if (source.Size is { } size && file.Exists && file.Length != size)
        {
            throw Changed(source.Path, $"{file.Length} bytes", size.ToString(System.Globalization.CultureInfo.InvariantCulture), "source.size");
        }

        if (source.Sha256 is { } pinned && file.Exists && SourceFingerprint.Full(source.Path, cancellation, moved).Value is { } value && value != pinned)
        {
            throw Changed(source.Path, $"SHA-256 {value}", pinned, "source.sha256");
        }
    }

    private static PoseBatchException Changed(string path, string has, string pinned, string field) => new(
        ReasonCode.SourceChanged,
        $"'{path}' has {has}, but the job was written for {pinned}.",
        $"Submit the job again without {field}, or with the file it was written for.");
}
