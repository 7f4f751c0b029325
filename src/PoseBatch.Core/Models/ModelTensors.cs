namespace PoseBatch.Models;

/// <summary>The tensors a model file declares.</summary>
/// <param name="Inputs">Every input the graph needs fed.</param>
/// <param name="Outputs">Every output the graph offers.</param>
public sealed record ModelTensors(IReadOnlyList<TensorDeclaration> Inputs, IReadOnlyList<TensorDeclaration> Outputs)
{
    /// <summary>
    /// The batch the graph insists on, from the first dimension of the input of that name; null when it is free or when there
    /// is no such input.
    /// </summary>
    public int? FixedBatch(string inputName) =>
        Inputs.FirstOrDefault(input => input.Name == inputName) is { Dimensions: [> 0 and int batch, ..] } ? batch : null;

    /// <summary>One line for people: what goes in and what comes out.</summary>
    public override string ToString() =>
        $"inputs {string.Join(", ", Inputs)}; outputs {string.Join(", ", Outputs)}";
}
