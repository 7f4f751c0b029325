using PoseBatch.Ffmpeg.Interop;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>
/// Reads a child from a single thread: waits for standard output, and looks at standard error at least every few
/// milliseconds, so neither pipe can fill up and block the child. Ends at once when cancelled, and when the child is silent
/// for too long.
/// </summary>
internal sealed class ChildStream(
    Child child, string what, IErrorSink errors, TimeProvider clock, TimeSpan stallLimit, CancellationToken cancellation) : IByteSource
{
    // How often a silent wait looks at the clock and at the token. A killed child ends the wait by itself.
    private const int TickMilliseconds = 50;

    // ffmpeg writes a line of its log in a dozen pieces. To be woken by each of them would cost more than the frame; a log
    // pipe of 64 KiB does not fill up in that time, and if it did, the child would wait no longer than this.
    private const int LogTickMilliseconds = 5;

    private readonly byte[] _errorBuffer = GC.AllocateUninitializedArray<byte>(64 * 1024);
    private bool _errorsOpen = true;

    /// <inheritdoc/>
    /// <exception cref="PoseBatchException">stalled.</exception>
    public int Read(Span<byte> destination)
    {
        long since = clock.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Libc.WaitReadable(child.Output, null, _errorsOpen ? LogTickMilliseconds : TickMilliseconds).First)
            {
                int count = Libc.Read(child.Output, destination);
                if (count == 0)
                {
                    // Cancelling kills the child, and a killed child looks like one that has ended.
                    cancellation.ThrowIfCancellationRequested();
                }

                return count;
            }

            DrainErrors();
            ThrowIfStalled(since);
        }
    }

    /// <summary>Hands over what standard error holds by now. A line written before the bytes just read is among it.</summary>
    public void DrainErrors()
    {
        while (_errorsOpen && Libc.WaitReadable(child.Errors, null, 0).First)
        {
            ReadErrors();
        }
    }

    /// <summary>Reads standard error to its end and waits until the child is gone.</summary>
    /// <returns>Its exit code; 128 + signal when a signal ended it.</returns>
    public int WaitForEnd()
    {
        long since = clock.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_errorsOpen && Libc.WaitReadable(child.Errors, null, TickMilliseconds).First)
            {
                ReadErrors();
            }
            else if (child.WaitForExit(_errorsOpen ? 0 : TickMilliseconds) is { } exitCode)
            {
                // Gone; whatever it said lies in the pipe, even where a grandchild keeps that pipe open.
                DrainErrors();
                cancellation.ThrowIfCancellationRequested();
                return exitCode;
            }

            ThrowIfStalled(since);
        }
    }

    private void ReadErrors()
    {
        int count = Libc.Read(child.Errors, _errorBuffer);
        _errorsOpen = count > 0;
        errors.Feed(_errorBuffer.AsSpan(0, count));
    }

    private void ThrowIfStalled(long since)
    {
        if (clock.GetElapsedTime(since) >= stallLimit)
        {
            child.Kill();
            throw new PoseBatchException(
                ReasonCode.Stalled,
                $"{what} gave nothing for {stallLimit.TotalSeconds:0.#} seconds and was ended.",
                $"See whether the disk or network share of the file answers; for very slow storage raise {FfmpegOptions.StallKey}.");
        }
    }
}
