using PoseBatch.Pipeline;
using PoseBatch.Video;

namespace PoseBatch.Worker.Cli.Bench;

/// <summary>
/// Managed allocation and collections between the first fifth of a run and its last frame: start-up, just-in-time
/// compilation and the closing of the tables are not steady state.
/// </summary>
internal sealed class SteadyState : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;
    private Snapshot? _begin;
    private Snapshot? _end;

    /// <summary>Starts watching a run.</summary>
    public void Watch(VideoInfo video, RunMeters meters)
    {
        long warmUp = Math.Max(100, (video.AnnouncedFrames ?? 500) / 5);
        _watching = Task.Run(async () =>
        {
            using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
            while (!_stop.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
            {
                if (meters.Written >= warmUp && (_end is null || meters.Written > _end.Frames))
                {
                    _end = Snapshot.Take(meters.Written);
                    _begin ??= _end;
                }
            }
        });
    }

    /// <summary>Stops watching; zeros when the run was too short to have a steady state.</summary>
    public async Task<Figures> StopAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        if (_begin is null || _end is null || _end.Frames == _begin.Frames)
        {
            return new(0, 0, 0, 0);
        }

        return new(
            (double)(_end.Bytes - _begin.Bytes) / (_end.Frames - _begin.Frames),
            _end.Gen0 - _begin.Gen0, _end.Gen1 - _begin.Gen1, _end.Gen2 - _begin.Gen2);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    /// <summary>Figures of the steady part of a run.</summary>
    public sealed record Figures(double ManagedBytesPerFrame, int Gen0, int Gen1, int Gen2);

    private sealed record Snapshot(long Frames, long Bytes, int Gen0, int Gen1, int Gen2)
    {
        public static Snapshot Take(long frames) =>
            new(frames, GC.GetTotalAllocatedBytes(), GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2));
    }
}
