namespace PoseBatch.Models;

/// <summary>One named output and the role it plays in its family, for example role <c>heatmap</c>, tensor <c>kpt_heatmap</c>.</summary>
/// <param name="Role">Role in the family.</param>
/// <param name="Name">Tensor name.</param>
/// <param name="Layout">Order of the axes of one image.</param>
/// <param name="IsBatchLast">Whether the batch is the last dimension of the tensor; else it is the first.</param>
public sealed record ModelOutput(string Role, string Name, TensorLayout Layout, bool IsBatchLast = false);
