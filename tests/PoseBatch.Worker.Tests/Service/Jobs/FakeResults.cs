using PoseBatch.Tables;

namespace PoseBatch.Service.Jobs;

/// <summary>A place for results that can be written or not, and holds none.</summary>
internal sealed class FakeResults : IResultStore
{
    public PoseBatchException? Fault { get; set; }

    public int Trials { get; private set; }

    public List<ResultRequest> Forgotten { get; } = [];

    public void EnsureWritable(string outputRoot)
    {
        Trials++;
        if (Fault is { } fault)
        {
            throw fault;
        }
    }

    public IResultWriter Begin(ResultRequest request) => throw new NotSupportedException();

    public IResultWriter BeginSegmented(ResultRequest request, ICommitFence guard) => throw new NotSupportedException();

    public void Forget(ResultRequest request) => Forgotten.Add(request);
}
