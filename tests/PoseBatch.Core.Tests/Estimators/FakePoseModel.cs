using System.Runtime.InteropServices;
using PoseBatch.Models;

namespace PoseBatch.Estimators;

/// <summary>A network that is a C# function of one image's float input.</summary>
internal sealed class FakePoseModel(
    ModelDescription description, IReadOnlyList<IReadOnlyList<int>> shapes, int maxBatch, FakePoseModel.Network network) : IPoseModel
{
    /// <summary>Writes one image's outputs, in the order of the roles.</summary>
    public delegate void Network(ReadOnlySpan<float> input, float[][] outputs);

    /// <summary>Sizes of all runs.</summary>
    public List<int> Runs { get; } = new(capacity: 1000);   // roomy, so that it does not show as an allocation

    public bool IsDisposed { get; private set; }

    public int LiveSlots { get; private set; }

    public ModelDescription Description => description;

    public ProviderReport Provider { get; } = new("cpu", "fake 1", [], "fake");

    public int MaxBatch => maxBatch;

    public IReadOnlyList<IReadOnlyList<int>> OutputShapes => shapes;

    /// <summary>The function itself.</summary>
    public void Infer(ReadOnlySpan<float> input, float[][] outputs) => network(input, outputs);

    public IInferenceBuffers CreateBuffers() => new Slot(this);

    public void Dispose() => IsDisposed = true;

    private sealed class Slot : IInferenceBuffers
    {
        private readonly FakePoseModel _model;
        private readonly float[][] _inputs;
        private readonly float[][][] _outputs;

        public Slot(FakePoseModel model)
        {
            _model = model;
            int length = model.Description.Input.Size.Width * model.Description.Input.Size.Height * 3;
            _inputs = [.. Enumerable.Range(0, model.MaxBatch).Select(_ => new float[length])];
            _outputs = [.. _inputs.Select(_ => model.OutputShapes.Select(shape => new float[shape.Aggregate((a, b) => a * b)]).ToArray())];
            model.LiveSlots++;
        }

        public Span<byte> Input(int image) => MemoryMarshal.AsBytes(_inputs[image].AsSpan());

        public void Run(int count)
        {
            Assert.True(count >= 1 && count <= _model.MaxBatch, "The batch is empty or too large.");
            _model.Runs.Add(count);
            for (int image = 0; image < count; image++)
            {
                _model.Infer(_inputs[image], _outputs[image]);
            }
        }

        public ReadOnlySpan<float> Output(int output, int image) => _outputs[image][output];

        public void Dispose() => _model.LiveSlots--;
    }
}
