using PoseBatch.Onnx.Interop;

namespace PoseBatch.Onnx.Runtime;

/// <summary>Whether a provider can be had on this machine.</summary>
/// <param name="Provider"><c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</param>
/// <param name="IsAvailable">True when nothing stands in its way; only a loaded model proves that it works.</param>
/// <param name="Reason">Why not, in plain words; empty when available.</param>
public sealed record ProviderStatus(string Provider, bool IsAvailable, string Reason);

/// <summary>What this machine offers for inference, for <c>posebatch doctor</c>. Loads no model.</summary>
/// <param name="Runtime">For example <c>ONNX Runtime 1.31.1</c>.</param>
/// <param name="Providers">Best first.</param>
/// <param name="Processor">Model name of the processor; empty when unknown.</param>
/// <param name="Gpus">Names of the NVIDIA devices by device number; empty when there is none or no driver.</param>
public sealed record ProviderProbe(string Runtime, IReadOnlyList<ProviderStatus> Providers, string Processor, IReadOnlyList<string> Gpus)
{
    /// <summary>Looks at libraries and driver; takes milliseconds.</summary>
    /// <param name="deviceId">Which GPU, from 0.</param>
    /// <exception cref="PoseBatchException">provider_unavailable: ONNX Runtime itself cannot be loaded.</exception>
    public static ProviderProbe Run(int deviceId = 0)
    {
        ProviderStatus[] providers = [.. ExecutionProviders.Order(ProviderChoice.Auto).Select(provider =>
        {
            IReadOnlyList<string> obstacles = ExecutionProviders.Obstacles(provider, deviceId);
            return new ProviderStatus(provider, obstacles.Count == 0, string.Join("; ", obstacles));
        })];
        return new(OrtRuntime.Version, providers, PoseBatch.Onnx.Runtime.Processor.Name(), CudaDriver.DeviceNames());
    }
}
