namespace PoseBatch.Results.Verification;

/// <summary>Gathers problems; of one kind in one file only the first few, and a last line with the count.</summary>
internal sealed class ProblemList
{
    private const int MostPerKind = 5;

    private readonly List<ResultProblem> _problems = [];
    private readonly Dictionary<(string Code, string File), int> _counts = [];

    public int Count => _problems.Count;

    public void Add(string code, string file, string message)
    {
        int count = _counts.GetValueOrDefault((code, file)) + 1;
        _counts[(code, file)] = count;
        if (count <= MostPerKind)
        {
            _problems.Add(new(code, file, message));
        }
    }

    public IReadOnlyList<ResultProblem> ToList() =>
    [
        .. _problems,
        .. _counts.Where(pair => pair.Value > MostPerKind)
            .Select(pair => new ResultProblem(pair.Key.Code, pair.Key.File, $"... and {pair.Value - MostPerKind} more of this kind.")),
    ];
}
