namespace PoseBatch.Worker.Service.Intake;

/// <summary>Says every trouble once, when it begins, and once that all are over.</summary>
/// <param name="begins">Says one.</param>
/// <param name="over">Says that there is none any more.</param>
internal sealed class TroubleLog(Action<string> begins, Action over)
{
    private HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>What stands in the way now; empty when all is well.</summary>
    public IReadOnlyCollection<string> Current => _said;

    /// <summary>Takes in what stands in the way now, in words.</summary>
    public void Say(IEnumerable<string> troubles)
    {
        HashSet<string> now = new(troubles, StringComparer.Ordinal);
        foreach (string trouble in now)
        {
            if (!_said.Contains(trouble))
            {
                begins(trouble);
            }
        }

        if (_said.Count > 0 && now.Count == 0)
        {
            over();
        }

        _said = now;
    }
}
