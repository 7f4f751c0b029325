namespace PoseBatch.Models;

/// <summary>One named output and the role it plays in its family, for example role <c>heatmap</c>, tensor <c>kpt_heatmap</c>.</summary>
public sealed record ModelOutput(string Role, string Name, TensorLayout Layout);
