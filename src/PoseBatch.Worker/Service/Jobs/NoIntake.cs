namespace PoseBatch.Worker.Service.Jobs;

/// <summary>The view of a service without a watched folder.</summary>
internal sealed class NoIntake : IIntakeView
{
    /// <inheritdoc/>
    public IReadOnlyList<StabilisingFile> Settling => [];

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    public string? LeftOut => null;
}
