namespace PoseBatch.Worker.Service;

/// <summary>A host that hears no signals of its own: <see cref="StopSignals"/> has them, and nobody else may decide what they mean.</summary>
internal sealed class OwnLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
