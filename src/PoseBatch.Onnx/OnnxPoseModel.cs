using PoseBatch.Models;

namespace PoseBatch.Onnx;

/// <summary>
/// A network in ONNX Runtime: one session for all workers, native memory for each. Made by <see cref="OnnxModelLoader"/>,
/// which has already run it. Thread-safe; closing it while slots live frees the session with the last of them.
/// </summary>
public sealed class OnnxPoseModel : IPoseModel
{
    private readonly SharedSession _session;
    private readonly SessionPlan _plan;
    private int _isDisposed;

    internal OnnxPoseModel(SharedSession session, SessionPlan plan, ModelDescription description, ProviderReport provider, string? batchNote)
    {
        _session = session;
        _plan = plan;
        Description = description;
        Provider = provider;
        BatchNote = batchNote;
        OutputShapes = [.. plan.Outputs.Select(output => output.Shape)];
    }

    /// <inheritdoc/>
    public ModelDescription Description { get; }

    /// <inheritdoc/>
    public ProviderReport Provider { get; }

    /// <inheritdoc/>
    public int MaxBatch => _plan.MaxBatch;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<int>> OutputShapes { get; }

    /// <summary>
    /// A sentence for the log when the file's fixed batch changed what was asked for (smaller calls, or calls padded with
    /// zeros); null when there is nothing to say.
    /// </summary>
    public string? BatchNote { get; }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The model is closed.</exception>
    /// <exception cref="PoseBatchException">out_of_memory.</exception>
    public IInferenceBuffers CreateBuffers() => new OnnxInferenceBuffers(_session, _plan);

    /// <summary>Closes the model; slots that exist stay usable. Twice is harmless.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _session.Release();
        }
    }
}
