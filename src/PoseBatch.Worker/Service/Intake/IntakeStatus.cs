using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// What is said of the inbox: on the page and in metrics, and what goes wrong in the log as well. The loop alone changes it; any
/// thread may read the view.
/// </summary>
internal sealed class IntakeStatus(ILogger logger) : IIntakeView
{
    private const int MostTroublesShown = 5;

    private readonly TroubleLog _log = new(trouble => IntakeLog.Trouble(logger, trouble), () => IntakeLog.TroubleOver(logger));
    private long _leftOutSaid;
    private volatile IReadOnlyList<StabilisingFile> _settling = [];
    private volatile string? _trouble;
    private volatile string? _leftOut;

    /// <inheritdoc/>
    public IReadOnlyList<StabilisingFile> Settling => _settling;

    /// <inheritdoc/>
    public string? Trouble => _trouble;

    /// <inheritdoc/>
    public string? LeftOut => _leftOut;

    /// <summary>Why nothing may be concluded from the folder now; null when all is well.</summary>
    public string? RootTrouble { get; set; }

    /// <summary>Why jobs cannot be submitted now; null when they can.</summary>
    public string? StoreTrouble { get; private set; }

    /// <summary>What the last scan could not read.</summary>
    public IReadOnlyList<string> WalkTroubles { get; set; } = [];

    /// <summary>Which files of jobs that are over cannot be moved.</summary>
    public IReadOnlyList<string> MoveTroubles { get; set; } = [];

    /// <summary>The store cannot be reached: why, in words.</summary>
    public void StoreIsAway(string message) => StoreTrouble = $"The job store cannot be reached: {message} Files wait.";

    /// <summary>It answers, or nobody waits for it.</summary>
    public void StoreIsBack() => StoreTrouble = null;

    /// <summary>Which files were passed over: in the log once, and again whenever their number has doubled.</summary>
    public void PassedOver(LeftOutNames names)
    {
        _leftOut = names.Count == 0 ? null : FormattableString.Invariant($"{names.Count} {(names.Count == 1 ? "file" : "files")}: {names}");
        if (names.Count > 0 && names.Count >= 2 * _leftOutSaid)
        {
            _leftOutSaid = names.Count;
            IntakeLog.LeftOut(logger, names.Count, names.ToString());
        }
    }

    /// <summary>Shows what stands now.</summary>
    /// <param name="pending">The files that wait.</param>
    public void Publish(IEnumerable<StabilisingFile> pending)
    {
        _settling = [.. pending.OrderBy(file => file.FirstSeen)];
        List<string> troubles = [.. new[] { RootTrouble, StoreTrouble }.OfType<string>(), .. WalkTroubles, .. MoveTroubles];
        _log.Say(troubles);
        _trouble = troubles.Count == 0 ? null
            : string.Join(Environment.NewLine, troubles.Take(MostTroublesShown))
                + (troubles.Count > MostTroublesShown ? FormattableString.Invariant($"{Environment.NewLine}and {troubles.Count - MostTroublesShown} more") : string.Empty);
    }
}
