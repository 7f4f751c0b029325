namespace PoseBatch.Models;

/// <summary>Which execution provider runs a model.</summary>
/// <param name="Name"><c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>: the one that really ran the warm-up.</param>
/// <param name="Runtime">Name and version of the runtime, for example <c>ONNX Runtime 1.29.0</c>.</param>
/// <param name="Refused">Providers that were tried first, each with its reason; empty when the first choice worked.</param>
/// <param name="Device">The device's name, for example <c>NVIDIA H200</c> or the processor; empty when unknown.</param>
public sealed record ProviderReport(string Name, string Runtime, IReadOnlyList<ProviderRefusal> Refused, string Device);
