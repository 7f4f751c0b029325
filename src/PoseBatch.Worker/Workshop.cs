using PoseBatch.Jobs;
using PoseBatch.Worker.Configuration;

namespace PoseBatch.Worker;

internal sealed class Workshop : IAsyncDisposable
{
    public static Workshop Open(Settings settings) => throw new InvalidOperationException(settings.ToString());
    public void SayWhatRuns(bool quiet) { _ = quiet; }
    public JobRunner Runner() => null!;
    public ValueTask DisposeAsync() => default;
}
