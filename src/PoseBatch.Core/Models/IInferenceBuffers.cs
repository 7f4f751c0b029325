namespace PoseBatch.Models;

/// <summary>One worker's native input and output memory. Nothing is allocated on the managed heap by a run.</summary>
public interface IInferenceBuffers : IDisposable
{
    /// <summary>One image's part of the input tensor as raw bytes of the declared element type.</summary>
    /// <param name="image">0 to MaxBatch - 1.</param>
    Span<byte> Input(int image);

    /// <summary>Runs the network on the first <paramref name="count"/> images.</summary>
    /// <exception cref="PoseBatchException">device_lost, out_of_memory, internal.</exception>
    void Run(int count);

    /// <summary>One image's part of an output, valid until the next run.</summary>
    /// <param name="output">Index into <see cref="ModelDescription.OutputRoles"/>.</param>
    /// <param name="image">0 to count - 1 of the last run.</param>
    ReadOnlySpan<float> Output(int output, int image);
}
