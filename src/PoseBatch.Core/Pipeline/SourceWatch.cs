using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// Whether a source still has the content that was identified, although its size and time are the same: while the file's mark
/// stays, nothing is read; when it differs, the content is identified again. One thread at a time.
/// </summary>
/// <param name="path">The source, for the message.</param>
/// <param name="first">Its mark before it was identified.</param>
/// <param name="identity">What was found then.</param>
/// <param name="look">Its mark now.</param>
/// <param name="identify">Identifies it now.</param>
internal sealed class SourceWatch(string path, SourceMark first, SourceIdentity identity, Func<SourceMark> look, Func<SourceIdentity> identify)
{
    private SourceMark _mark = first;

    /// <summary>Compares.</summary>
    /// <exception cref="PoseBatchException">source_changed, source_missing.</exception>
    public void EnsureSameContent()
    {
        SourceMark now = look();
        if (now == _mark)
        {
            return;
        }

        if (identify() != identity)
        {
            throw new PoseBatchException(
                ReasonCode.SourceChanged,
                $"'{path}' was replaced by another file of the same size and time while it was being read.",
                "Submit it again when nothing writes to it any more.");
        }

        _mark = now;
    }
}
