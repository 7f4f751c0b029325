namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Ends an attempt early; of several causes the first counts. Thread-safe.</summary>
internal sealed class AttemptStop : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _source = new();
    private volatile StopCause _cause;

    public AttemptStop() => Token = _source.Token;

    /// <summary>Cancelled when the attempt is to end. Outlives this object, as what was left behind may.</summary>
    public CancellationToken Token { get; }

    /// <summary>Why; None as long as it is not.</summary>
    public StopCause Cause => _cause;

    /// <summary>Ends the attempt, unless something else has.</summary>
    public void Because(StopCause cause)
    {
        lock (_gate)
        {
            if (_cause != StopCause.None)
            {
                return;
            }

            _cause = cause;
            try
            {
                _source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended meanwhile.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
