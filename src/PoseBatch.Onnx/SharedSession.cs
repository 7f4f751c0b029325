using Microsoft.ML.OnnxRuntime;

namespace PoseBatch.Onnx;

/// <summary>
/// A session with several holders: the model and each of its slots. It is freed by the last one, so that closing a model
/// while a worker still runs cannot pull the memory from under it.
/// </summary>
internal sealed class SharedSession(InferenceSession session)
{
    private int _holders = 1;

    public InferenceSession Session { get; } = session;

    public void AddReference()
    {
        int holders;
        do
        {
            holders = Volatile.Read(ref _holders);
            ObjectDisposedException.ThrowIf(holders == 0, typeof(OnnxPoseModel));
        }
        while (Interlocked.CompareExchange(ref _holders, holders + 1, holders) != holders);
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Session.Dispose();
        }
    }
}
